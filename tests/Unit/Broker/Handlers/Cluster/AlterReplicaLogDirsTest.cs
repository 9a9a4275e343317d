using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class AlterReplicaLogDirsTest
{
    private readonly BrokerWorld broker = new BrokerWorld(logDirs: ["/a", "/b"]).Lead();

    [Fact]
    public void Partition_that_no_broker_has_is_unknown_and_one_of_another_broker_is_not_available()
    {
        broker.World.Await(broker.Channel.Send(new UpdateMetadataRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            TopicStates = [new() { TopicName = "elsewhere", PartitionStates = [new() { Leader = 2, Isr = [2], Replicas = [2] }] }],
        }));

        Assert.Equal(
            [("orders", 9, KafkaError.UnknownTopicOrPartition), ("elsewhere", 0, KafkaError.ReplicaNotAvailable)],
            Alter(("/b", "orders", [9]), ("/b", "elsewhere", [0])));
    }

    [Fact]
    public void Last_dir_that_is_named_holds_and_each_partition_is_answered_once()
    {
        Assert.Equal([("orders", 0, KafkaError.None)], Alter(("/nowhere", "orders", [0]), ("/b", "orders", [0, 0])));
        broker.World.RunUntil(() => broker.LogDirs.DirOf(BrokerWorld.First)!.Path == "/b");
        Assert.Equal([("orders", 0, KafkaError.LogDirNotFound)], Alter(("/a", "orders", [0]), ("/nowhere", "orders", [0])));
    }

    private List<(string Topic, int Partition, KafkaError Error)> Alter(params (string Path, string Topic, int[] Partitions)[] wanted)
    {
        var request = new AlterReplicaLogDirsRequest
        {
            Dirs = [.. wanted.Select(dir => new AlterReplicaLogDirsRequest.AlterReplicaLogDir
            {
                Path = dir.Path, Topics = [new() { Name = dir.Topic, Partitions = [.. dir.Partitions] }],
            })],
        };
        var answer = broker.World.Await(
            broker.Begin(() => new AlterReplicaLogDirsHandler(broker.Replicas, broker.Metadata).Handle(request, broker.Context)));
        return [.. answer!.Results.SelectMany(topic => topic.Partitions.Select(
            partition => (topic.TopicName, partition.PartitionIndex, partition.ErrorCode)))];
    }
}
