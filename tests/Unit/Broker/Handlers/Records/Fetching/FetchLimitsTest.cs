using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.Cluster;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

/// <summary>
/// How many bytes a fetch gets: the least of what the partition, the request and the broker allow. Each partition here has batches of one
/// size.
/// </summary>
public class FetchLimitsTest
{
    // fetch.max.bytes takes no less than 1 KiB, which five batches have to come to.
    private static readonly string Value = new('v', 200);
    private static readonly int BatchBytes = Batch(Value).Length;

    private readonly BrokerWorld world = new BrokerWorld().Lead();

    public FetchLimitsTest()
    {
        AddSecondPartition();
        for (var count = 0; count < 4; count++)
        {
            world.Send(ProduceOf(Batch(Value)));
            world.Send(ProduceOf(Batch(Value), partition: 1));
        }
    }

    [Fact]
    public void A_partition_gives_no_more_than_its_own_limit()
        => Assert.Equal([2 * BatchBytes, 4 * BatchBytes], Lengths(world.Send(FetchBoth(firstMaxBytes: 2 * BatchBytes))));

    [Fact]
    public void The_partitions_of_a_request_share_its_limit_in_their_order()
    {
        Assert.Equal([4 * BatchBytes, 2 * BatchBytes], Lengths(world.Send(FetchBoth(maxBytes: 6 * BatchBytes))));
        Assert.Equal([3 * BatchBytes, 0], Lengths(world.Send(FetchBoth(maxBytes: 3 * BatchBytes))));
    }

    [Fact]
    public void No_request_gets_more_than_the_broker_allows()
    {
        var config = BrokerConfig.Parse(new Dictionary<string, string> { ["fetch.max.bytes"] = $"{5 * BatchBytes}" });
        var fetch = new FetchHandler(world.Replicas, world.Metadata, world.Sessions, config, new ListenerAccess());
        Assert.Equal(
            [4 * BatchBytes, BatchBytes], Lengths(world.World.Await(world.Begin(() => fetch.Handle(FetchBoth(), world.Context)))!));
    }

    private static FetchRequest FetchBoth(int maxBytes = 1 << 20, int firstMaxBytes = 1 << 20)
    {
        var request = FetchOf(0);
        request.MaxBytes = maxBytes;
        request.Topics[0].Partitions[0].PartitionMaxBytes = firstMaxBytes;
        request.Topics[0].Partitions.Add(new() { Partition = 1, FetchOffset = 0, PartitionMaxBytes = 1 << 20 });
        return request;
    }

    private static int[] Lengths(FetchResponse response)
        => [.. Assert.Single(response.Responses).Partitions.Select(
            partition => partition.ErrorCode == KafkaError.None ? partition.Records!.Value.Length : -1)];

    private void AddSecondPartition()
    {
        var decision = Decision();
        decision.TopicStates[0].PartitionStates[0].PartitionIndex = 1;
        world.World.Await(world.Channel.Send(decision));
    }
}
