using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class DescribeLogDirsTest
{
    private static readonly TopicPartition Unled = new("unled", 0);

    private readonly SimWorld world = new(1);

    [Fact]
    public void Each_dir_tells_its_space_and_the_sizes_of_its_logs()
    {
        world.Disk.Space = new DiskSpace(1000, 400);
        var broker = new BrokerWorld(world, logDirs: ["/a", "/b"]).Lead();
        broker.Append();
        broker.LogDirs.Create(Unled, broker.Config);

        var dirs = Describe(broker, null);

        Assert.Equal(
            [("/a", KafkaError.None, 1000L, 400L), ("/b", KafkaError.None, 1000L, 400L)],
            dirs.Select(dir => (dir.LogDir, dir.ErrorCode, dir.TotalBytes, dir.UsableBytes)));
        var size = broker.LogDirs.Find(BrokerWorld.First)!.SizeInBytes;
        Assert.True(size > 0);
        Assert.Equal([("/a", BrokerWorld.Topic, 0, size, 0L), ("/b", "unled", 0, 0, -1)], Logs(dirs));
    }

    [Fact]
    public void Only_partitions_that_are_named_are_told_of()
    {
        var broker = new BrokerWorld(world).Lead();
        broker.LogDirs.Create(Unled, broker.Config);

        Assert.Equal(["unled"], Logs(Describe(broker, [("unled", [0, 9]), ("never-created", [0])])).Select(log => log.Topic));
        Assert.Empty(Assert.Single(Describe(broker, [(BrokerWorld.Topic, [])])).Topics);
        Assert.Empty(Assert.Single(Describe(broker, [])).Topics);
    }

    [Fact]
    public void Dir_that_is_lost_is_told_with_the_storage_error_and_without_logs()
    {
        var broker = new BrokerWorld(world, logDirs: ["/a", "/b"]).Lead();
        world.Disk.FailWrites(path => path.StartsWith("/a", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        Assert.Equal(KafkaError.KafkaStorageError, broker.Append().Error);
        world.RunUntilIdle();

        var dirs = Describe(broker, null);

        Assert.Equal(
            [("/a", KafkaError.KafkaStorageError, -1L), ("/b", KafkaError.None, world.Disk.Space.TotalBytes)],
            dirs.Select(dir => (dir.LogDir, dir.ErrorCode, dir.TotalBytes)));
        Assert.Empty(Logs(dirs));
    }

    [Fact]
    public void Dir_that_could_not_be_used_at_the_start_is_told_as_well()
    {
        world.Disk.FailOpens(path => path.StartsWith("/b", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(
            [("/a", KafkaError.None), ("/b", KafkaError.KafkaStorageError)],
            Describe(new BrokerWorld(world, logDirs: ["/a", "/b/"]), null).Select(dir => (dir.LogDir, dir.ErrorCode)));
    }

    [Fact]
    public void Dir_that_is_named_with_a_slash_at_its_end_is_lost_as_any_other()
    {
        var broker = new BrokerWorld(world, logDirs: ["/a/", "/b/"]).Lead();
        world.Disk.FailWrites(path => path.StartsWith("/a", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        broker.Append();
        world.RunUntilIdle();

        Assert.Equal(1, broker.DirsLost);
    }

    [Fact]
    public void Dir_that_does_not_tell_its_space_is_not_taken_offline_for_it()
    {
        var broker = new BrokerWorld(world).Lead();
        world.Disk.FailReads(path => path == "/data", DiskErrorKind.InputOutput);

        Assert.Equal(KafkaError.KafkaStorageError, Assert.Single(Describe(broker, null)).ErrorCode);

        Assert.Equal(KafkaError.None, broker.Append().Error);
    }

    private static IEnumerable<(string Dir, string Topic, int Partition, long Size, long Lag)> Logs(
        List<DescribeLogDirsResponse.DescribeLogDirsResult> dirs)
        => dirs.SelectMany(dir => dir.Topics.SelectMany(topic => topic.Partitions.Select(
            log => (dir.LogDir, topic.Name, log.PartitionIndex, log.PartitionSize, log.OffsetLag))));

    private static List<DescribeLogDirsResponse.DescribeLogDirsResult> Describe(
        BrokerWorld broker, (string Topic, int[] Partitions)[]? topics)
    {
        var request = new DescribeLogDirsRequest
        {
            Topics = topics is null ? null : [.. topics.Select(topic => new DescribeLogDirsRequest.DescribableLogDirTopic
            {
                Topic = topic.Topic, Partitions = [.. topic.Partitions],
            })],
        };
        return broker.World.Await(
            broker.Begin(() => new DescribeLogDirsHandler(broker.Replicas).Handle(request, broker.Context)))!.Results;
    }
}
