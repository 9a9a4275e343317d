using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Storage.Dirs;

public sealed class FutureLogsTest
{
    private const string Copied = "orders-0.0123456789abcdef0123456789abcdef-future", Marker = "replaced-by-copy";
    private static readonly TopicPartition Orders = new("orders", 0);

    private readonly SimWorld world = new(1);
    private readonly RecordedLog told = new();

    [Fact]
    public void Log_is_made_in_the_dir_that_was_wanted_for_it_and_in_that_one_only_once()
    {
        var dirs = Start();
        dirs.Futures.Wish(Orders, "/b");
        dirs.Create(Orders, LogConfig.Default);
        Assert.Equal("/b", dirs.DirOf(Orders)!.Path);
        dirs.Delete(Orders);
        dirs.Create(Orders, LogConfig.Default);
        Assert.Equal("/a", dirs.DirOf(Orders)!.Path);
    }

    [Fact]
    public void Log_that_is_wanted_in_a_lost_dir_is_made_in_no_other()
    {
        var dirs = Start();
        dirs.Futures.Wish(Orders, "/b");
        dirs.TakeOffline(new DiskError(DiskErrorKind.InputOutput, "/b/x", "write", "injected"));

        Assert.Equal("/b", Assert.Throws<DiskError>(() => dirs.Create(Orders, LogConfig.Default)).Path);
    }

    [Fact]
    public void Copies_count_where_the_next_log_is_made()
    {
        var dirs = Start();
        dirs.Create(Orders, LogConfig.Default);
        dirs.Futures.Create(dirs.Find(Orders)!.ReadOnly, "/b");
        dirs.Create(new TopicPartition("one", 0), LogConfig.Default);
        dirs.Create(new TopicPartition("two", 0), LogConfig.Default);
        Assert.Equal(["/c", "/a"], new[] { "one", "two" }.Select(topic => dirs.DirOf(new TopicPartition(topic, 0))!.Path));
    }

    [Fact]
    public void A_path_is_compared_as_it_is_written()
    {
        var futures = Start().Futures;
        Assert.Equal(KafkaError.None, futures.Check("/b"));
        Assert.Equal(
            [KafkaError.LogDirNotFound, KafkaError.LogDirNotFound, KafkaError.LogDirNotFound],
            new[] { "/b/", "/a/../b", "" }.Select(futures.Check));
    }

    [Fact]
    public void A_copy_is_found_again_with_its_rows_of_the_checkpoints_and_pauses_compaction_of_its_log()
    {
        var dirs = Start();
        var log = dirs.Create(Orders, LogConfig.Default);
        var copy = dirs.Futures.Create(log.ReadOnly, "/b");
        Assert.True(log.ReadOnly.IsCleaningPaused);
        copy.TruncateFullyAndStartAt(4);
        Append(copy);
        Append(copy);
        copy.RaiseLogStartOffset(5);
        copy.ReadOnly.FirstDirtyOffset = 5;
        copy.Flush();
        dirs.Futures.WriteCheckpoints(Orders);
        dirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Orders] = 6 });
        world.Disk.KillProcesses();

        dirs = Start();
        copy = dirs.Futures.Find(Orders)!;

        Assert.Equal((5, 6, 5), (copy.LogStartOffset, copy.LogEndOffset, copy.ReadOnly.FirstDirtyOffset));
        Assert.Equal("/b", dirs.Futures.HomeOf(Orders)!.Path);
        Assert.True(dirs.Find(Orders)!.ReadOnly.IsCleaningPaused);
        Assert.Equal("0\n1\norders 0 6\n", Text("/b/replication-offset-checkpoint"));
        dirs.Futures.Delete(Orders);
        Assert.False(dirs.Find(Orders)!.ReadOnly.IsCleaningPaused);
        Assert.Null(dirs.Futures.Find(Orders));
    }

    [Fact]
    public void A_second_copy_goes_and_one_beside_its_log_and_one_of_another_topic_of_the_name()
    {
        var dirs = Start();
        dirs.Create(Orders, LogConfig.Default).AssignTopicId(new TopicId(1, 1));
        dirs.Close();
        MakeFolder($"/a/{Copied}");
        Assert.Null(Start().Futures.Find(Orders));
        world.Disk.KillProcesses();

        MakeFolder($"/b/{Copied}");
        MakeFolder($"/b/{Copied.Replace('0', '1').Replace("orders-1", "orders-0", StringComparison.Ordinal)}");
        MakeFolder($"/c/{Copied}");
        dirs = Start();
        Assert.Equal(["/b"], dirs.All.Where(dir => dir.Futures.Count > 0).Select(dir => dir.Path));
        dirs.Futures.Find(Orders)!.AssignTopicId(new TopicId(2, 2));
        world.Disk.KillProcesses();

        Assert.Null(Start().Futures.Find(Orders));
    }

    [Fact]
    public void A_copy_stays_while_its_log_may_be_in_a_dir_that_is_away_and_goes_when_an_empty_log_is_made()
    {
        MakeFolder($"/b/{Copied}");
        var dirs = Start();
        Assert.NotNull(dirs.Futures.Find(Orders));

        dirs.Create(Orders, LogConfig.Default);

        Assert.Null(dirs.Futures.Find(Orders));
    }

    [Fact]
    public void Folder_that_a_copy_has_replaced_goes_and_one_that_none_has_is_used_without_its_mark()
    {
        var replacedLater = new TopicPartition("waits", 0);
        MakeLog("/a", Orders, count: 1);
        MakeLog("/b", Orders, count: 2);
        MakeLog("/a", replacedLater, count: 3);
        Mark("/a/orders-0");
        Mark("/a/waits-0");

        var dirs = Start();

        Assert.Equal((2, 3), (dirs.Find(Orders)!.LogEndOffset, dirs.Find(replacedLater)!.LogEndOffset));
        Assert.False(world.Disk.FileExists($"/a/waits-0/{Marker}"));
        Assert.False(world.Disk.DirectoryExists("/a/orders-0"));
    }

    [Fact]
    public void Folder_whose_copy_may_be_in_a_dir_that_is_away_waits_for_it()
    {
        MakeLog("/a", Orders, count: 1);
        MakeLog("/b", Orders, count: 2);
        Mark("/a/orders-0");
        world.Disk.FailOpens(path => path.StartsWith("/b", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        var dirs = Start();
        Assert.Null(dirs.Find(Orders));
        Assert.Contains(told.Lines, line => line.Contains("/a/orders-0 is left alone", StringComparison.Ordinal));
        dirs.Close();
        world.Disk.HealFaults();
        world.Disk.KillProcesses();

        Assert.Equal(2, Start().Find(Orders)!.LogEndOffset);
    }

    [Fact]
    public void Folder_that_waits_is_no_new_topics()
    {
        MakeLog("/a", Orders, count: 1);
        Mark("/a/orders-0");
        world.Disk.FailOpens(path => path.StartsWith("/b", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(0, Start().Create(Orders, LogConfig.Default).LogEndOffset);
    }

    [Fact]
    public void Partition_that_is_twice_without_a_mark_stops_the_start()
    {
        MakeLog("/a", Orders, count: 1);
        MakeLog("/b", Orders, count: 2);
        Assert.Contains("/a/orders-0 and in /b/orders-0", Assert.Throws<LogDirsUnusable>(() => Start()).Message, StringComparison.Ordinal);
    }

    private LogDirs Start()
    {
        var dirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = ["/a", "/b", "/c"],
            Disk = world.Disk,
            Time = world.Time,
            Random = world.NewRandom(),
            DiskLoop = world.Loops.CreateBlocking("disk"),
            Log = told,
        });
        dirs.Claim(new BrokerId(1), "cluster");
        dirs.Load(_ => LogConfig.Default);
        return dirs;
    }

    private void MakeLog(string dir, TopicPartition partition, int count)
    {
        var directory = $"{dir}/{partition}";
        MakeFolder(directory);
        var log = PartitionLog.Open(new LogOpenOptions
        {
            Partition = partition, Directory = directory, Disk = world.Disk, Time = world.Time, Random = world.NewRandom(),
        });
        for (var i = 0; i < count; i++)
            Append(log);
        log.Close();
    }

    private void MakeFolder(string path) => world.Disk.CreateDirectory(path);

    private void Mark(string folder) => world.Disk.Open($"{folder}/{Marker}", DiskOpenMode.CreateNew).Release();

    private string Text(string path) => System.Text.Encoding.UTF8.GetString(world.Disk.ReadAllBytes(path));

    private static void Append(PartitionLog log)
        => Assert.Equal(KafkaError.None, log.AppendAsLeader(LogBench.Batch(1), LogBench.Epoch).Error);
}
