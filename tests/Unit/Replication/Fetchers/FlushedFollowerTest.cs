using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Storage;
using static KafkaCompatBroker.Tests.Unit.Replication.Fetchers.PlayedLeader;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>A fetch tells the leader that the follower has what comes before: with flush.messages=1 it waits for the flush.</summary>
public sealed class FlushedFollowerTest : FollowedPartition
{
    private readonly HeldFlushes flushes;

    public FlushedFollowerTest()
        : this(new HeldFlushes())
    {
    }

    private FlushedFollowerTest(HeldFlushes flushes)
        : base(new PartitionWorld(LogConfig.Default with { FlushMessages = 1 }, flushLoops: flushes)) => this.flushes = flushes;

    [Fact]
    public void Next_fetch_waits_until_what_the_last_one_brought_is_flushed()
    {
        Begin();
        leader.Answer(9, Records(Batch(0, 0, "a", "b"), highWatermark: 0));
        Assert.Equal((1, 2), (leader.Fetches.Count, world.Snapshot.LogEndOffset));

        Flush();

        Assert.Equal((2, 2L), (leader.Fetches.Count, leader.Asked.FetchOffset));
    }

    [Fact]
    public void First_fetch_of_one_who_has_led_waits_for_what_he_has_appended()
    {
        world.Lead(leaderEpoch: 0, partitionEpoch: 0);
        _ = world.BeginAppend(1, TimeSpan.FromSeconds(1));
        Begin(leaderEpoch: 1);
        Assert.Empty(leader.Fetches);

        Flush();

        Assert.Equal(1L, leader.Asked.FetchOffset);
    }

    [Fact]
    public void A_cut_is_decided_by_all_there_is_and_what_is_left_is_flushed_before_the_next_fetch()
    {
        Begin(leaderEpoch: 1);
        leader.Answer(9, Records([.. Batch(0, 0, "a"), .. Batch(1, 0, "b"), .. Batch(2, 0, "c")], highWatermark: 0));
        Flush();
        leader.Answer(9, Records(Batch(3, 0, "d"), highWatermark: 0));
        Flush();
        Assert.Equal(4L, leader.Asked.FetchOffset);
        leader.Answer(9, Diverging(epoch: 0, endOffset: 2));

        Assert.Equal(2, world.Snapshot.LogEndOffset);
        Assert.Equal(2L, leader.Asked.FetchOffset);
        Assert.Equal(2, world.PartitionLog.RecoveryPoint);
    }

    [Fact]
    public void A_follower_that_follows_no_more_ends_the_wait()
    {
        var fetcher = Begin();
        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 0));

        world.Lead(leaderEpoch: 1, partitionEpoch: 6);
        world.World.RunUntilIdle();
        world.World.Await(fetcher.Stop());

        Assert.Single(leader.Fetches);
        Assert.Equal((1, 0), (world.Snapshot.LogEndOffset, world.Snapshot.HighWatermark));
        Flush();
        Assert.Equal(1, world.Snapshot.HighWatermark);
    }

    private void Flush()
    {
        flushes.RunOne();
        world.World.RunUntilIdle();
    }
}
