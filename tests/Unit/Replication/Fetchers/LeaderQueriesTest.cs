using static KafkaCompatBroker.Tests.Unit.Replication.Fetchers.PlayedLeader;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>How a log comes back to what its leader has where fetches alone do not tell.</summary>
public sealed class LeaderQueriesTest : FollowedPartition
{
    [Fact]
    public void Leader_of_an_older_protocol_is_asked_for_the_end_of_epochs_until_one_is_known_to_both()
    {
        leader.Protocol = Newest with { TopicIds = false, ReplicaStates = false, DivergingEpochs = false };
        AppendAsLeader(0, 2);
        AppendAsLeader(1, 3);
        AppendAsLeader(3, 1);
        Begin(leaderEpoch: 5);
        Assert.Empty(leader.Fetches);
        Assert.Equal(3, EpochAsked());

        // The leader's largest epoch below 3 is 2, of which this log has nothing: what it has of 1 may be the leader's.
        leader.AnswerEnd(epoch: 2, endOffset: 4);
        Assert.Equal(5, world.Snapshot.LogEndOffset);
        Assert.Equal(1, EpochAsked());
        leader.AnswerEnd(epoch: 1, endOffset: 3);

        Assert.Equal(3, world.Snapshot.LogEndOffset);
        Assert.Equal(3, leader.Asked.FetchOffset);
        Assert.Equal((1, -1), (leader.Fetches[^1].ReplicaId, leader.Fetches[^1].ReplicaState.ReplicaId));
        Assert.Equal(PartitionWorld.Name.Topic, leader.Fetches[^1].Topics[0].Topic);
        Assert.Equal(-1, leader.Asked.LastFetchedEpoch);
    }

    [Fact]
    public void Before_leader_epochs_a_log_is_cut_to_its_high_watermark()
    {
        leader.Protocol = new() { TopicIds = false, ReplicaStates = false, DivergingEpochs = false, EpochEndOffsets = false };
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append();
        Begin(leaderEpoch: 1);

        Assert.Equal(0, leader.Asked.FetchOffset);
        Assert.Equal(0, world.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Log_that_is_longer_than_the_leaders_is_cut_to_it()
    {
        AppendAsLeader(0, 5);
        Begin(leaderEpoch: 1);

        leader.Answer(9, Failed(KafkaError.OffsetOutOfRange));
        Assert.Equal(-1, TimestampAsked());
        leader.AnswerOffset(3);
        Assert.Equal(-2, TimestampAsked());
        leader.AnswerOffset(0);

        Assert.Equal((3, 3L), (world.Snapshot.LogEndOffset, leader.Asked.FetchOffset));
    }

    [Fact]
    public void Log_that_ends_before_the_leaders_begins_starts_anew_there()
    {
        AppendAsLeader(0, 5);
        Begin(leaderEpoch: 1);

        leader.Answer(9, Failed(KafkaError.OffsetOutOfRange));
        leader.AnswerOffset(90);
        leader.AnswerOffset(70);

        Assert.Equal((70, 70, 70), (world.Snapshot.LogStartOffset, world.Snapshot.HighWatermark, world.Snapshot.LogEndOffset));
        Assert.Equal(70, leader.Asked.FetchOffset);
    }

    [Fact]
    public void Empty_log_begins_with_the_first_batch_though_that_begins_before_it()
    {
        Begin();
        leader.Answer(9, Failed(KafkaError.OffsetOutOfRange));
        leader.AnswerOffset(90);
        leader.AnswerOffset(71);

        leader.Answer(9, Records(Batch(70, 0, "a", "b", "c"), highWatermark: 90, logStartOffset: 71));

        Assert.Equal((71, 73), (world.Snapshot.LogStartOffset, world.Snapshot.LogEndOffset));
    }

    private int EpochAsked() => leader.EndQueries[^1].Topics[0].Partitions[0].LeaderEpoch;

    private long TimestampAsked() => leader.OffsetQueries[^1].Topics[0].Partitions[0].Timestamp;
}
