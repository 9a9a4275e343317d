using KafkaCompatBroker.Tests.Unit.Protocol.Legacy;
using static KafkaCompatBroker.Tests.Unit.Replication.Fetchers.PlayedLeader;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>What is asked for, what becomes of answers, and what is done about those that fail.</summary>
public sealed class ReplicaFetcherTest : FollowedPartition
{
    [Fact]
    public void Empty_replica_fetches_from_the_beginning_and_says_who_it_is()
    {
        Begin(leaderEpoch: 3);

        var request = Assert.Single(leader.Fetches);
        Assert.True(request.TopicIds);
        Assert.Equal((1, 77L), (request.ReplicaState.ReplicaId, request.ReplicaState.ReplicaEpoch));
        Assert.Equal((0, 0), (request.SessionId, request.SessionEpoch));
        Assert.Equal((Options.WaitMaxMs, Options.MinBytes), (request.MaxWaitMs, request.MinBytes));
        Assert.Equal(Options.ResponseMaxBytes, request.MaxBytes);
        Assert.Equal(BrokerWorld.Id, request.Topics[0].TopicId);
        Assert.Equal((0L, 3, -1), (leader.Asked.FetchOffset, leader.Asked.CurrentLeaderEpoch, leader.Asked.LastFetchedEpoch));
        Assert.Equal(Options.PartitionMaxBytes, leader.Asked.PartitionMaxBytes);
    }

    [Fact]
    public void Records_are_appended_as_they_are_and_the_next_fetch_asks_behind_them()
    {
        Begin(leaderEpoch: 3);

        leader.Answer(9, Records(Batch(0, 2, "a", "b"), highWatermark: 1));

        Assert.Equal((2, 1), (world.Snapshot.LogEndOffset, world.Snapshot.HighWatermark));
        Assert.Equal((9, 1), (leader.Fetches[^1].SessionId, leader.Fetches[^1].SessionEpoch));
        Assert.Equal((2L, 2), (leader.Asked.FetchOffset, leader.Asked.LastFetchedEpoch));
        Assert.Equal(0, leader.FramesHeld);
    }

    [Fact]
    public void High_watermark_and_log_start_follow_the_leaders_as_far_as_the_log_reaches()
    {
        Begin();

        leader.Answer(9, Records(Batch(0, 0, "a", "b"), highWatermark: 100, logStartOffset: 1));
        Assert.Equal((1, 2), (world.Snapshot.LogStartOffset, world.Snapshot.HighWatermark));

        leader.Answer(9, Records([], highWatermark: 1, logStartOffset: 1));
        Assert.Equal(2, world.Snapshot.HighWatermark);
    }

    [Fact]
    public void Log_that_diverges_is_cut_where_both_agree_and_recovery_points_follow()
    {
        AppendAsLeader(0, 2);
        AppendAsLeader(1, 3);
        Begin(leaderEpoch: 3);
        Assert.Equal((5L, 1), (leader.Asked.FetchOffset, leader.Asked.LastFetchedEpoch));
        Assert.Equal(0, recoveryPointsWritten);

        leader.Answer(9, Diverging(epoch: 0, endOffset: 4));

        Assert.Equal(2, world.Snapshot.LogEndOffset);
        Assert.Equal(1, recoveryPointsWritten);
        Assert.Equal((2L, 0), (leader.Asked.FetchOffset, leader.Asked.LastFetchedEpoch));
    }

    [Fact]
    public void Epoch_in_which_nothing_was_written_goes_though_no_record_has_to()
    {
        AppendAsLeader(0, 2);
        world.Lead(leaderEpoch: 1, partitionEpoch: 1);
        Begin(leaderEpoch: 3);
        Assert.Equal((2L, 1), (leader.Asked.FetchOffset, leader.Asked.LastFetchedEpoch));

        leader.Answer(9, Diverging(epoch: 0, endOffset: 2));

        Assert.Equal((2L, 0), (leader.Asked.FetchOffset, leader.Asked.LastFetchedEpoch));
    }

    [Fact]
    public void High_watermark_of_an_answer_that_cuts_the_log_holds_once_both_agree()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append();
        world.Append();
        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        world.Append();
        Begin(leaderEpoch: 3);

        leader.Answer(9, Diverging(epoch: 0, endOffset: 2, highWatermark: 7));

        Assert.Equal((2, 2), (world.Snapshot.LogEndOffset, world.Snapshot.HighWatermark));
    }

    [Fact]
    public void Corrupt_batch_is_not_written_and_fetched_again_behind_the_backoff()
    {
        Begin();
        var damaged = Batch(0, 0, "a");
        damaged[^1] ^= 1;

        leader.Answer(9, Records(damaged, highWatermark: 1));

        Assert.Equal(0, world.Snapshot.LogEndOffset);
        Assert.Single(leader.Fetches);
        world.World.Advance(Options.Backoff);
        Assert.Equal(2, leader.Fetches.Count);
        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 1));
        Assert.Equal(1, world.Snapshot.LogEndOffset);
    }

    [Theory]
    [InlineData(KafkaError.UnknownLeaderEpoch, true)]
    [InlineData(KafkaError.NotLeaderOrFollower, true)]
    [InlineData(KafkaError.FencedLeaderEpoch, false)]
    public void Refused_partition_waits_and_a_fenced_one_is_given_up(KafkaError error, bool isFetchedAgain)
    {
        Begin();

        leader.Answer(9, Failed(error));
        Assert.Single(leader.Fetches);
        world.World.Advance(2 * Options.Backoff);

        Assert.Equal(isFetchedAgain ? 2 : 1, leader.Fetches.Count);
    }

    [Fact]
    public void Records_of_old_formats_are_copied_as_they_are()
    {
        Begin();
        byte[] old = [.. OldMessages.Message(1, 0, "a"), .. OldMessages.Message(0, 1, "b")];

        leader.Answer(9, Records(old, highWatermark: 2));

        Assert.Equal(2, leader.Fetches.Count);
        Assert.Equal(2, leader.Fetches[^1].Topics[0].Partitions[0].FetchOffset);
    }

    [Fact]
    public void Leader_that_is_not_reached_is_asked_again_behind_the_backoff_in_a_new_session_and_told_of_once()
    {
        Begin();
        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 0));

        leader.Fail();
        world.World.Advance(Options.Backoff);
        leader.Fail();
        Assert.Equal(3, leader.Fetches.Count);
        world.World.Advance(Options.Backoff);

        Assert.Equal((9, 0), (leader.Fetches[^1].SessionId, leader.Fetches[^1].SessionEpoch));
        Assert.Equal(1, leader.Asked.FetchOffset);
        Assert.Single(world.Log.Lines, line => line.Contains("does not reach", StringComparison.Ordinal));
    }

    [Fact]
    public void Answer_that_comes_when_this_broker_leads_is_not_appended()
    {
        Begin(leaderEpoch: 1);
        world.Lead(leaderEpoch: 2, partitionEpoch: 9);

        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 1));

        Assert.Equal(0, world.Snapshot.LogEndOffset);
        Assert.Single(leader.Fetches);
        Assert.Equal(0, leader.FramesHeld);
    }

    [Fact]
    public void Answer_of_the_leader_of_an_earlier_epoch_is_not_appended()
    {
        Begin(leaderEpoch: 1);
        world.Follow(leaderEpoch: 2, partitionEpoch: 9);

        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 1));

        Assert.Equal(0, world.Snapshot.LogEndOffset);
        Assert.Single(leader.Fetches);
    }

    [Fact]
    public void Stopped_replica_takes_nothing_more()
    {
        Begin();
        world.World.Await(world.Partition.StopFetching());

        leader.Answer(9, Records(Batch(0, 0, "a"), highWatermark: 1));

        Assert.Equal(0, world.Snapshot.LogEndOffset);
        Assert.Single(leader.Fetches);
    }

    [Fact]
    public void Stopped_fetcher_gives_its_connection_up()
    {
        var fetcher = Begin();

        world.World.Await(fetcher.Stop());

        Assert.True(leader.IsDisposed);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("does not reach", StringComparison.Ordinal));
    }
}
