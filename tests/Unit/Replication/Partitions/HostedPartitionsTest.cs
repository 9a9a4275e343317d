using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

public sealed class HostedPartitionsTest
{
    [Fact]
    public void All_partitions_are_enumerated_in_the_order_of_their_names()
    {
        var world = new PartitionWorld();
        var loop = world.World.Loops.Create("replicas");
        var partitions = new HostedPartitions(world.World.Loops, loop, new PartitionSettings
        {
            Leader = world.LeaderSettings,
            Log = NoLog.Instance,
            CheckpointedHighWatermark = _ => 0,
            DiskFailed = _ => { },
        });
        loop.Post(() =>
        {
            foreach (var (topic, partition) in ((string, int)[])[("b", 10), ("a", 1), ("b", 9), ("c", 0), ("B", 0)])
                partitions.FindOrAdd(new TopicPartition(topic, partition));
        });
        world.World.RunUntilIdle();
        Assert.Equal("B-0 a-1 b-9 b-10 c-0", string.Join(' ', partitions.All.Select(partition => partition.Name)));
    }
}
