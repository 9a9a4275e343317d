using KafkaCompatBroker.Storage.Log;
using static KafkaCompatBroker.Tests.Unit.Replication.Fetchers.PlayedLeader;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>A fetcher that copies within the followers' quota. KIP-73.</summary>
public sealed class ThrottledFetcherTest : FollowedPartition
{
    [Fact]
    public void A_partition_is_left_out_of_fetches_while_the_quota_is_used_up()
    {
        Name("0:1");
        Throttle.Quota.BytesPerSecond = 10;
        Begin();
        var records = Batch(0, 0, "a");
        leader.Answer(0, Records(records, highWatermark: 100));
        Assert.Equal((1, 1), (world.Snapshot.LogEndOffset, leader.Fetches.Count));
        world.World.Advance(Options.Backoff);
        Assert.Single(leader.Fetches);
        world.World.Advance(TimeSpan.FromSeconds(records.Length / 10.0) + Options.Backoff);
        Assert.Equal((2, 1L), (leader.Fetches.Count, leader.Asked.FetchOffset));
    }

    [Fact]
    public void A_partition_that_is_in_sync_is_not_left_out()
    {
        Name("*");
        Throttle.Quota.BytesPerSecond = 0;
        Throttle.Quota.Record(1000);
        Begin();
        Assert.Empty(leader.Fetches);
        Throttle.Quota.BytesPerSecond = long.MaxValue;
        world.World.Advance(Options.Backoff);
        Throttle.Quota.BytesPerSecond = 0;
        leader.Answer(0, Records(Batch(0, 0, "a"), highWatermark: 1));
        Assert.Equal((2, 1L), (leader.Fetches.Count, leader.Asked.FetchOffset));
    }

    [Fact]
    public void A_partition_that_is_not_named_has_no_quota()
    {
        Name("0:2");
        Throttle.Quota.BytesPerSecond = 0;
        Throttle.Quota.Record(1000);
        Begin();
        leader.Answer(0, Records(Batch(0, 0, "a"), highWatermark: 100));
        Assert.Equal(2, leader.Fetches.Count);
    }

    private void Name(params string[] replicas) => world.OnLoop(() => world.PartitionLog.UpdateConfig(
        LogConfig.Default with { FollowerThrottledReplicas = ThrottledReplicas.Of(replicas) }));
}
