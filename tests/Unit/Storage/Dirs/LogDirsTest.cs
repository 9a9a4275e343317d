using System.Text;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Storage.Dirs;

public sealed class LogDirsTest
{
    private static readonly TopicPartition Orders = new("orders", 0);
    private readonly RecordedLog told = new();
    private SimWorld world = new(1);

    private LogDirs Open(params string[] paths) => LogDirs.Open(new LogDirsOptions
    {
        Paths = paths,
        Disk = world.Disk,
        Time = world.Time,
        Random = world.NewRandom(),
        DiskLoop = world.Loops.CreateBlocking("disk"),
        Log = told,
    });

    private LogDirs Start(params string[] paths)
    {
        var dirs = Open(paths);
        dirs.Claim(new BrokerId(1), "cluster");
        dirs.Load(_ => LogConfig.Default);
        return dirs;
    }

    private static void Append(PartitionLog log)
        => Assert.Equal(KafkaError.None, log.AppendAsLeader(LogBench.Batch(1), LogBench.Epoch).Error);

    [Fact]
    public void A_locked_dir_is_refused_until_its_broker_is_gone()
    {
        var first = Start("/a");
        Assert.Contains("/a", Assert.Throws<LogDirsUnusable>(() => Open("/a")).Message, StringComparison.Ordinal);
        first.Close();
        Start("/a").Close();
    }

    [Fact]
    public void Dirs_of_another_broker_or_cluster_are_refused()
    {
        Start("/a").Close();
        var dirs = Open("/a");
        Assert.Equal((new BrokerId(1), "cluster"), (dirs.BrokerId!.Value, dirs.ClusterId));
        Assert.Throws<LogDirsUnusable>(() => dirs.Claim(new BrokerId(2), "cluster"));
        Assert.Throws<LogDirsUnusable>(() => dirs.Claim(new BrokerId(1), "other"));
        Assert.Equal(
            "#\nbroker.id=1\ncluster.id=cluster\nversion=0\n", Encoding.UTF8.GetString(world.Disk.ReadAllBytes("/a/meta.properties")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_dir_that_was_made_survives_a_power_loss_wherever_the_first_start_was_killed(bool losesPowerBetween)
    {
        for (var (step, isKilled) = (1, true); isKilled; step++)
        {
            world = new SimWorld(step);
            world.Disk.CrashIn(step);
            isKilled = Record.Exception(() => Start("/made/too/a")) is SimCrash;
            Die(losesPowerBetween);
            var dirs = Start("/made/too/a");
            Append(dirs.Create(Orders, LogConfig.Default));
            dirs.Find(Orders)!.Flush();
            Die(losesPower: true);
            Assert.Equal(1, Start("/made/too/a").Find(Orders)?.LogEndOffset);
        }
    }

    [Fact]
    public void An_opening_that_fails_holds_no_file_and_no_lock()
    {
        var config = LogConfig.Default with { SegmentBytes = 300, IndexIntervalBytes = 1 };
        for (var (call, fails) = (0, true); fails; call++)
        {
            world = new SimWorld(1);
            var log = Start("/a").Create(Orders, config);
            for (var i = 0; i < 8; i++)
                Append(log);
            world.Disk.DeleteFile(log.Directory + "/00000000000000000000.index");
            Die(losesPower: false);
            world.Disk.Arm(new DiskFault((_, _) => true, DiskErrorKind.InputOutput) { Skip = call, Times = 1 });
            var process = world.CreateProcess();
            fails = Record.Exception(() => Load(process, config)) is not null;
            Assert.True(!fails || process.Held() == "nothing", $"call {call}: {process.Held()}");
        }
    }

    private void Load(SimProcess process, LogConfig config)
    {
        var dirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = ["/a"],
            Disk = process.Disk,
            Time = process.Time,
            Random = world.NewRandom(),
            DiskLoop = process.CreateBlocking("disk"),
        });
        try
        {
            dirs.Claim(new BrokerId(1), "cluster");
            dirs.Load(_ => config);
        }
        catch
        {
            dirs.Abandon();
            throw;
        }
    }

    [Fact]
    public void A_log_that_cannot_be_closed_properly_keeps_no_other_from_it()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            world = new SimWorld(seed);
            var dirs = Start("/a");
            var others = new TopicPartition("others", 0);
            Append(dirs.Create(Orders, LogConfig.Default));
            Append(dirs.Create(others, LogConfig.Default));
            world.Disk.FailFlushes(path => path.Contains("orders-0", StringComparison.Ordinal), DiskErrorKind.InputOutput);
            dirs.Close();
            world.Disk.LosePower();
            Assert.Equal(1, Start("/a").Find(others)!.LogEndOffset);
        }
    }

    [Fact]
    public void The_clean_shutdown_mark_is_there_only_between_a_close_and_the_next_load()
    {
        var dirs = Start("/a");
        Assert.False(world.Disk.FileExists("/a/.kafka_cleanshutdown"));
        Append(dirs.Create(Orders, LogConfig.Default));
        dirs.Close();
        Assert.Equal("""{"version":0,"brokerEpoch":-1}""", Encoding.UTF8.GetString(world.Disk.ReadAllBytes("/a/.kafka_cleanshutdown")));
        Assert.Equal("0\n1\norders 0 1\n", Encoding.UTF8.GetString(world.Disk.ReadAllBytes("/a/recovery-point-offset-checkpoint")));
        var again = Start("/a");
        Assert.False(world.Disk.FileExists("/a/.kafka_cleanshutdown"));
        Assert.Equal(1, again.Find(Orders)!.LogEndOffset);
    }

    [Fact]
    public void New_logs_go_to_the_dir_with_the_fewest()
    {
        var dirs = Start("/a", "/b");
        for (var partition = 0; partition < 6; partition++)
            dirs.Create(new TopicPartition("orders", partition), LogConfig.Default);
        Assert.Equal([3, 3], dirs.All.Select(dir => dir.Logs.Count));
    }

    [Fact]
    public void A_deleted_log_is_renamed_at_once_removed_later_and_leaves_no_offsets_behind()
    {
        var dirs = Start("/a");
        var log = dirs.Create(Orders, LogConfig.Default);
        Append(log);
        Append(log);
        log.RaiseLogStartOffset(1);
        log.Flush();
        dirs.WriteRecoveryPoints();
        dirs.WriteLogStartOffsets();
        dirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Orders] = 2 });
        Assert.Equal(2, dirs.ReadHighWatermarks()[Orders]);
        dirs.Delete(Orders);
        Assert.Null(dirs.Find(Orders));
        Assert.Equal(0, dirs.Create(Orders, LogConfig.Default).LogEndOffset);
        Assert.Single(world.Disk.List("/a"), entry => entry.Name.EndsWith("-delete", StringComparison.Ordinal));
        world.Advance(TimeSpan.FromSeconds(61));
        Assert.DoesNotContain(world.Disk.List("/a"), entry => entry.Name.EndsWith("-delete", StringComparison.Ordinal));
        dirs.Abandon();
        Assert.Equal((0, 0), (Start("/a").Find(Orders)!.LogStartOffset, 0));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_log_under_a_deleted_ones_name_takes_none_of_its_offsets_wherever_the_broker_dies(bool startsBetween, bool losesPower)
    {
        for (var step = 1; DiesInDeletion(step, startsBetween, losesPower); step++)
        {
        }
    }

    /// <summary>False when the deletion is over before the step; then it dies behind it.</summary>
    private bool DiesInDeletion(int step, bool startsBetween, bool losesPower)
    {
        world = new SimWorld(step);
        var dirs = Start("/a");
        var old = dirs.Create(Orders, LogConfig.Default);
        for (var i = 0; i < 5; i++)
            Append(old);
        old.RaiseLogStartOffset(3);
        old.Flush();
        dirs.WriteRecoveryPoints();
        dirs.WriteLogStartOffsets();
        dirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Orders] = 5 });

        world.Disk.CrashIn(step);
        var dies = Record.Exception(() => dirs.Delete(Orders)) is SimCrash;
        if (dies || startsBetween)
        {
            Die(losesPower);
            dirs = Start("/a");
            // The controller has it deleted again when the first time came to nothing.
            dirs.Delete(Orders);
        }
        world.Disk.HealFaults();
        var log = dirs.Create(Orders, LogConfig.Default);
        Append(log);
        log.Flush();
        Die(losesPower);
        dirs = Start("/a");
        log = dirs.Find(Orders)!;
        Assert.Equal((step, 0L, 1L), (step, log.LogStartOffset, log.LogEndOffset));
        Assert.True(log.RecoveryPoint <= 1, $"step {step}: recovery point {log.RecoveryPoint}");
        Assert.Equal((step, 0L), (step, dirs.ReadHighWatermarks().GetValueOrDefault(Orders)));
        return dies;
    }

    private void Die(bool losesPower)
    {
        if (losesPower)
            world.Disk.LosePower();
        else
            world.Disk.KillProcesses();
    }

    [Fact]
    public void How_far_a_log_reached_whose_folder_is_gone_is_known_until_it_is_made_anew()
    {
        var dirs = Start("/a", "/b");
        Append(dirs.Create(Orders, LogConfig.Default));
        Append(dirs.Find(Orders)!);
        dirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Orders] = 1 });
        dirs.Close();
        world.Disk.DeleteDirectory("/a/orders-0");

        dirs = Start("/a", "/b");

        Assert.Equal(2, dirs.CheckpointedEndOf(Orders));
        Assert.Null(dirs.CheckpointedEndOf(new TopicPartition("orders", 1)));
        dirs.Create(Orders, LogConfig.Default);
        Assert.Null(dirs.CheckpointedEndOf(Orders));
    }

    [Fact]
    public void A_log_that_ends_before_its_checkpoints_is_told_at_the_start()
    {
        var dirs = Start("/a");
        var config = LogConfig.Default with { SegmentBytes = 300 };
        var log = dirs.Create(Orders, config);
        for (var i = 0; i < 10; i++)
            Append(log);
        var last = log.Segments[^1].BaseOffset;
        dirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Orders] = 10 });
        world.Disk.KillProcesses();
        world.Disk.DeleteFile($"/a/orders-0/{last:D20}.log");

        Start("/a");

        Assert.Contains($"partition=orders-0 last records are gone: replication-offset-checkpoint says 10, the log ends at {last}",
            Assert.Single(told.Lines, line => line.StartsWith("Warn", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_start_that_is_a_segments_start_by_now_is_forgotten_with_its_log()
    {
        var dirs = Start("/a");
        var old = dirs.Create(Orders, LogConfig.Default);
        Append(old);
        Append(old);
        old.RaiseLogStartOffset(1);
        dirs.WriteLogStartOffsets();
        old.TruncateFullyAndStartAt(2);
        dirs.Delete(Orders);
        Append(dirs.Create(Orders, LogConfig.Default));
        world.Disk.KillProcesses();
        Assert.Equal((0L, 1L), (Start("/a").Find(Orders)!.LogStartOffset, 1L));
    }

    [Fact]
    public void A_raised_log_start_survives_a_restart()
    {
        var dirs = Start("/a");
        var log = dirs.Create(Orders, LogConfig.Default);
        Append(log);
        Append(log);
        log.RaiseLogStartOffset(1);
        dirs.Close();
        Assert.Equal((1, 2), (Start("/a").Find(Orders)!.LogStartOffset, 2));
    }

    [Fact]
    public void A_dir_in_which_the_disk_fails_goes_offline_alone()
    {
        var dirs = Start("/a", "/b");
        var first = dirs.Create(Orders, LogConfig.Default);
        var second = dirs.Create(new TopicPartition("orders", 1), LogConfig.Default);
        world.Disk.FailWrites(path => path.StartsWith("/a/", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        var error = Assert.Throws<DiskError>(() => Append(first));
        Assert.Equal(("/a", Orders), (dirs.TakeOffline(error)!.Path, first.Partition));
        Assert.Null(dirs.TakeOffline(error));
        Assert.Throws<DiskError>(() => Append(first));
        Append(second);
        dirs.Close();
        Assert.False(world.Disk.FileExists("/a/.kafka_cleanshutdown"));
        Assert.True(world.Disk.FileExists("/b/.kafka_cleanshutdown"));
    }

    [Fact]
    public void Without_a_dir_that_is_online_a_log_cannot_be_made_and_that_is_the_disks_fault()
    {
        var dirs = Start("/a");
        dirs.TakeOffline(new DiskError(DiskErrorKind.InputOutput, "/a/file", "write", "injected"));
        Assert.Equal("/a", Assert.Throws<DiskError>(() => dirs.Create(Orders, LogConfig.Default)).Path);
    }

    /// <summary>Of the write-back aside, and of the log's own flush behind it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_failed_flush_behind_a_roll_is_told(int flush)
    {
        var dirs = Start("/a");
        DiskError? told = null;
        dirs.ReportTo(error => told = error);
        var log = dirs.Create(Orders, LogConfig.Default);
        Append(log);
        log.Roll();
        world.Disk.FailIn(flush, DiskErrorKind.InputOutput);
        world.RunUntilIdle();
        Assert.Equal("flush", told!.Operation);
        Assert.Equal(0, log.RecoveryPoint);
        Assert.Throws<DiskError>(() => Append(log));
    }

    [Fact]
    public void A_dir_with_a_log_that_failed_is_not_marked_as_cleanly_shut_down()
    {
        var dirs = Start("/a");
        var log = dirs.Create(Orders, LogConfig.Default);
        Append(log);
        world.Disk.FailFlushes(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        log.Roll();
        world.RunUntilIdle();
        world.Disk.HealFaults();
        dirs.Close();
        Assert.False(world.Disk.FileExists("/a/.kafka_cleanshutdown"));
    }

    [Fact]
    public void A_folder_that_is_no_partitions_and_a_partition_in_two_dirs_stop_the_start()
    {
        world.Disk.CreateDirectory("/a/holiday pictures");
        Assert.Contains("holiday pictures", Assert.Throws<LogDirsUnusable>(() => Start("/a")).Message, StringComparison.Ordinal);
        world.Disk.KillProcesses();
        world.Disk.CreateDirectory("/b/orders-0");
        world.Disk.CreateDirectory("/c/orders-0");
        Assert.Contains("orders-0", Assert.Throws<LogDirsUnusable>(() => Start("/b", "/c")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_topic_name_leads_out_of_the_log_dir()
    {
        var dirs = Start("/a");
        foreach (var topic in (string[])["..", ".", "", "a/b", "../x", "a\0b", "é", new string('a', 250)])
        {
            Assert.False(TopicName.IsValid(topic));
            Assert.Throws<InvariantViolation>(() => dirs.Create(new TopicPartition(topic, 0), LogConfig.Default));
        }
        Assert.True(TopicName.IsValid(new string('a', 249)));
    }
}
