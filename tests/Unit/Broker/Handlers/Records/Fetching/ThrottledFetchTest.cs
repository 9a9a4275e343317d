using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

/// <summary>Broker 1 leads, alone in the ISR, and replica 3 copies what it lacks within the leaders' quota. KIP-73.</summary>
public sealed class ThrottledFetchTest
{
    private readonly BrokerWorld world = new BrokerWorld(config: LogConfig.Default with
    {
        LeaderThrottledReplicas = ThrottledReplicas.Of(["0:1"]),
    }).Lead(isr: [1], replicas: [1, 3], live: [1, 3]);

    public ThrottledFetchTest()
    {
        for (var count = 0; count < 3; count++)
            world.Append();
    }

    [Fact]
    public void A_follower_gets_nothing_while_the_quota_is_used_up_and_goes_on_when_it_is_not()
    {
        world.Replicas.LeaderThrottle.Quota.BytesPerSecond = 10;
        Assert.True(Length(Send(FetchOf(0))) > 10);
        var held = Send(FetchOf(1));
        Assert.Equal((KafkaError.None, 3, 0), (Only(held).ErrorCode, Only(held).HighWatermark, Length(held)));
        world.World.Advance(TimeSpan.FromSeconds(11));
        Assert.NotEqual(0, Length(Send(FetchOf(1))));
    }

    [Fact]
    public void A_follower_that_has_all_that_is_committed_is_not_held_back()
    {
        world.Replicas.LeaderThrottle.Quota.BytesPerSecond = 0;
        world.Replicas.LeaderThrottle.Quota.Record(1000);
        var waiting = Begin(FetchOf(3, maxWaitMs: 60_000));
        world.Append(acks: 1);
        Assert.NotEqual(0, Length(world.World.Await(waiting)));
    }

    [Fact]
    public void More_records_are_no_reason_to_answer_a_follower_that_is_held_back()
    {
        world.Replicas.LeaderThrottle.Quota.BytesPerSecond = 0;
        world.Replicas.LeaderThrottle.Quota.Record(1000);
        var waiting = Begin(FetchOf(0, maxWaitMs: 500));
        world.Append(acks: 1);
        world.World.Advance(TimeSpan.FromMilliseconds(400));
        Assert.False(waiting.IsCompleted);
        world.World.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, Length(world.World.Await(waiting)));
    }

    [Fact]
    public void Consumers_and_partitions_that_are_not_named_have_no_quota()
    {
        world.Replicas.LeaderThrottle.Quota.BytesPerSecond = 0;
        world.Replicas.LeaderThrottle.Quota.Record(1000);
        Assert.NotEqual(0, Length(world.Send(BrokerWorld.FetchOf(0))));
        Assert.Equal(0, Length(Send(FetchOf(0))));
        world.Replicas.UpdateConfig(
            BrokerWorld.Topic, LogConfig.Default with { LeaderThrottledReplicas = ThrottledReplicas.Of(["1:1", "0:2"]) });
        world.World.RunUntilIdle();
        Assert.NotEqual(0, Length(Send(FetchOf(0))));
    }

    private FetchResponse Send(FetchRequest request) => world.World.Await(Begin(request));

    private Task<FetchResponse> Begin(FetchRequest request) => world.Begin(request, world.PeerContext);

    private static FetchRequest FetchOf(long offset, int maxWaitMs = 0)
    {
        var request = BrokerWorld.FetchOf(offset, maxWaitMs);
        (request.ReplicaStates, request.ReplicaState) = (true, new() { ReplicaId = 3, ReplicaEpoch = -1 });
        request.Topics[0].Partitions[0].PartitionMaxBytes = 1;
        return request;
    }

    private static FetchResponse.PartitionData Only(FetchResponse response) => response.Responses.Single().Partitions.Single();

    private static int Length(FetchResponse response) => Only(response).Records?.Length ?? 0;
}
