using KafkaCompatBroker.Broker.Handlers.Transactions;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Transactions;

public sealed class DescribeProducersTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead();

    private DescribeProducersResponse.PartitionResponse Describe(TopicPartition partition)
    {
        var handler = new DescribeProducersHandler(world.Replicas, world.Metadata);
        var request = new DescribeProducersRequest
        {
            Topics = [new() { Name = partition.Topic, PartitionIndexes = [partition.Partition] }],
        };
        var response = world.World.Await(world.Begin(() => handler.Handle(request, world.Context)))!;
        return Assert.Single(Assert.Single(response.Topics).Partitions);
    }

    private void Append(byte[] batch) => Assert.Equal(KafkaError.None, world.World.Await(world.Begin(
        () => world.Partition.Append(batch, AppendOrigin.Client, 1, v2Only: true, TimeSpan.FromSeconds(1)))).Error);

    [Fact]
    public void The_leader_tells_of_each_producer_and_of_its_open_transaction()
    {
        Append(RecordOf(Second));
        Append(RecordOf(First, isTransactional: false));
        Append(RecordOf(First, 1, isTransactional: false));
        Assert.Equal(
            [(1L, 0, 1, 1000L, -1, -1L), (2, 0, 0, 1000, -1, 0)],
            Describe(BrokerWorld.First).ActiveProducers.Select(producer => (
                producer.ProducerId, producer.ProducerEpoch, producer.LastSequence, producer.LastTimestamp, producer.CoordinatorEpoch,
                producer.CurrentTxnStartOffset)));
    }

    [Fact]
    public void Who_does_not_lead_refuses()
    {
        Assert.Equal(KafkaError.UnknownTopicOrPartition, Describe(new TopicPartition("absent", 0)).ErrorCode);
        world.Lead(leaderEpoch: 1, replicas: [1, 2], isr: [2], leader: 2);
        Assert.Equal(KafkaError.NotLeaderOrFollower, Describe(BrokerWorld.First).ErrorCode);
    }
}
