using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.Cluster;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

/// <summary>Consumers of a partition that broker 1 leads and brokers 2 and 3 follow, each broker in a rack of its own.</summary>
public sealed class RackChoiceTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2, 3], live: [1, 2, 3]);
    private readonly FetchHandler fetch;

    public RackChoiceTest()
    {
        fetch = new FetchHandler(world.Replicas, world.Metadata, world.Sessions, BrokerConfig.Parse(new Dictionary<string, string>
        {
            ["replica.selector.class"] = "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        }), new ListenerAccess());
        world.Append(acks: 1);
        Follow(replica: 2, offset: 1);
    }

    [Fact]
    public void Consumer_is_sent_to_the_follower_in_its_rack_at_once_and_gets_no_records_here()
    {
        var request = FetchIn("rack-2");
        request.MaxWaitMs = 60_000;

        var answer = Only(Send(request));

        Assert.Equal((KafkaError.None, 2, 0), (answer.ErrorCode, answer.PreferredReadReplica, answer.Records!.Value.Length));
        Assert.Equal(1, answer.HighWatermark);
    }

    [Theory]
    [InlineData("rack-1")]
    [InlineData("rack-9")]
    [InlineData("")]
    public void Consumer_of_the_leaders_rack_or_of_none_reads_here(string rack)
    {
        var answer = Only(Send(FetchIn(rack)));

        Assert.Equal(-1, answer.PreferredReadReplica);
        Assert.NotEqual(0, answer.Records!.Value.Length);
    }

    [Fact]
    public void Follower_outside_of_the_isr_is_not_chosen()
    {
        Follow(replica: 3, offset: 1);

        Assert.Equal(-1, Only(Send(FetchIn("rack-3"))).PreferredReadReplica);
    }

    [Fact]
    public void Consumer_that_would_not_understand_reads_here()
    {
        var request = FetchIn("rack-2");
        request.FollowerFetching = false;

        Assert.Equal(-1, Only(Send(request)).PreferredReadReplica);
    }

    [Fact]
    public void Without_the_selector_the_leader_serves_all()
        => Assert.Equal(-1, Only(world.Send(FetchIn("rack-2"))).PreferredReadReplica);

    [Fact]
    public void Selector_of_another_name_stops_the_start()
    {
        var error = Assert.Throws<StartupError>(
            () => BrokerConfig.Parse(new Dictionary<string, string> { ["replica.selector.class"] = "com.example.Selector" }));
        Assert.Contains("RackAwareReplicaSelector", error.Message, StringComparison.Ordinal);
    }

    private static FetchRequest FetchIn(string rack)
    {
        var request = FetchOf(0);
        request.RackId = rack;
        return request;
    }

    private void Follow(int replica, long offset)
    {
        var request = FetchOf(offset);
        request.ReplicaId = replica;
        world.World.Await(world.Begin(request, world.PeerContext));
        world.World.RunUntilIdle();
    }

    private FetchResponse Send(FetchRequest request) => world.World.Await(world.Begin(() => fetch.Handle(request, world.Context)))!;

    private static FetchResponse.PartitionData Only(FetchResponse response)
        => Assert.Single(Assert.Single(response.Responses).Partitions);
}
