using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class LogDirFailuresTest : ILeadershipListener
{
    private readonly BrokerWorld broker = new(logDirs: ["/first", "/second"]);
    private readonly List<string> heard = [];
    private readonly ILoop loop;
    private readonly HostedPartitions partitions;
    private readonly LogDirFailures failures;

    public LogDirFailuresTest()
    {
        loop = broker.World.Loops.Create("replicas");
        var world = new PartitionWorld();
        partitions = new HostedPartitions(broker.World.Loops, loop, new PartitionSettings
        {
            Leader = world.LeaderSettings,
            Log = broker.Log,
            CheckpointedHighWatermark = _ => 0,
            DiskFailed = error => failures!.Report(error),
        });
        var listeners = new LeadershipListeners(loop);
        listeners.Add(this);
        failures = new LogDirFailures(broker.Settings, partitions, listeners, loop);
    }

    [Fact]
    public void Partitions_of_a_lost_dir_are_offline_before_their_files_close()
    {
        var partition = Led(new TopicPartition("orders", 0));

        OnLoop(() =>
        {
            Assert.True(failures.TakeOffline(In("/first")));
            Assert.Equal(PartitionRole.Offline, partition.Snapshot.Leadership.Role);
        });

        Assert.Equal(["lost orders-0 -1"], heard);
        Assert.Equal((1, false), (broker.DirsLost, broker.IsStopped));
    }

    [Fact]
    public void A_want_of_file_descriptors_takes_no_dir_offline()
    {
        var error = new DiskError(DiskErrorKind.TooManyOpenFiles, "/first/orders-0", "open", "no descriptor is left");
        OnLoop(() => Assert.False(failures.TakeOffline(error)));
        Assert.Equal((0, false), (broker.DirsLost, broker.IsStopped));
    }

    [Fact]
    public void Dir_is_lost_once_and_with_the_last_one_the_broker_stops()
    {
        OnLoop(() =>
        {
            Assert.True(failures.TakeOffline(In("/first")));
            Assert.False(failures.TakeOffline(In("/first")));
            Assert.True(failures.TakeOffline(In("/second")));
        });

        Assert.Equal((1, true), (broker.DirsLost, broker.IsStopped));
    }

    [Fact]
    public void Disk_error_outside_of_the_log_dirs_is_logged()
    {
        OnLoop(() => Assert.False(failures.TakeOffline(In("/elsewhere"))));

        Assert.Contains(broker.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal)
            && line.Contains("/elsewhere/file", StringComparison.Ordinal));
    }

    [Fact]
    public void Work_over_all_dirs_is_done_again_for_those_that_are_left()
    {
        var tries = 0;

        OnLoop(() => failures.Guard(() =>
        {
            tries++;
            if (broker.LogDirs.Online.Count == 2)
                throw In("/first");
        }));

        Assert.Equal((2, 1), (tries, broker.LogDirs.Online.Count));
    }

    [Fact]
    public void Work_whose_error_takes_no_dir_offline_is_not_repeated()
    {
        var tries = 0;

        OnLoop(() => failures.Guard(() =>
        {
            tries++;
            throw In("/elsewhere");
        }));

        Assert.Equal(1, tries);
    }

    [Fact]
    public void Report_comes_from_any_thread_and_is_dealt_with_on_the_loop()
    {
        failures.Report(In("/first"));
        Assert.Equal(2, broker.LogDirs.Online.Count);

        broker.World.RunUntilIdle();

        Assert.Single(broker.LogDirs.Online);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        var name = new TopicPartition("orders", 0);
        Assert.Throws<InvariantViolation>(() => failures.TakeOffline(In("/first")));
        Assert.Throws<InvariantViolation>(() => failures.Guard(() => { }));
        Assert.Throws<InvariantViolation>(() => partitions.FindOrAdd(name));
        Assert.Throws<InvariantViolation>(() => partitions.Remove(name));
        Assert.Throws<InvariantViolation>(partitions.Clear);
        Assert.Throws<InvariantViolation>(() => new LeadershipListeners(loop).TellLost(name, LeaderEpoch.Unknown));
        var logs = new ReplicaLogs(
            broker.Settings, partitions, new HighWatermarkCheckpoints(broker.LogDirs, loop), failures, loop);
        Assert.Throws<InvariantViolation>(() => logs.FindOrCreate(name, isNew: true));
        Assert.Throws<InvariantViolation>(() => logs.TryDelete(name));
        Assert.Throws<InvariantViolation>(() => logs.UpdateConfig("orders", LogConfig.Default));
        Assert.Equal(2, broker.LogDirs.Online.Count);
    }

    void ILeadershipListener.LeadershipGained(Partition partition, LeaderEpoch leaderEpoch) => heard.Add($"gained {partition.Name}");

    void ILeadershipListener.LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch)
        => heard.Add($"lost {partition} {leaderEpoch}");

    private static DiskError In(string dir) => new(DiskErrorKind.InputOutput, $"{dir}/file", "write", "injected");

    private Partition Led(TopicPartition name)
    {
        var log = broker.LogDirs.Create(name, LogConfig.Default);
        Partition? partition = null;
        OnLoop(() => partition = partitions.FindOrAdd(name));
        broker.World.Await(partition!.BecomeLeader(PartitionWorld.Decision(), log));
        return partition;
    }

    private void OnLoop(Action code) => broker.World.Await(loop.Ask(() =>
    {
        code();
        return true;
    }));
}
