using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Offsets;

/// <summary>Offsets that a producer commits within its transaction. KIP-98, KIP-447.</summary>
public class TransactionalOffsetTest
{
    private static readonly ProducerIdAndEpoch Producer = new(7, 2);

    private readonly GroupBench bench = new(GroupBench.DefaultOptions with
    {
        OffsetsRetentionMinutes = 60,
        OffsetsRetentionCheckIntervalMs = 60_000,
    });

    [Fact]
    public void Offset_counts_from_the_commit_on_and_is_unstable_until_then()
    {
        bench.CommitNow(1);
        Assert.Equal(KafkaError.None, Commit(5));
        Assert.Equal((1L, KafkaError.UnstableOffsetCommit), (bench.Fetch().Offset, bench.Fetch(stable: true).Error));
        var batch = bench.Log.Batches[^1];
        Assert.Equal((true, Producer), (batch.IsTransactional, batch.Producer));
        End(isCommit: true);
        Assert.Equal(5, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Offset_of_an_aborted_transaction_never_counts()
    {
        bench.CommitNow(1);
        Commit(5);
        End(isCommit: false);
        Assert.Equal(1, bench.Fetch(stable: true).Offset);
        End(isCommit: true);
        Assert.Equal(1, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Later_plain_commit_stands_against_a_transaction_that_is_committed_after_it()
    {
        Commit(5);
        bench.CommitNow(9);
        End(isCommit: true);
        Assert.Equal(9, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Transactions_of_other_producers_are_apart()
    {
        Commit(5);
        Commit(6, producer: new(8, 0), partition: 1);
        End(isCommit: true, new(8, 0));
        Assert.Equal(6, bench.Fetch(new TopicPartition("orders", 1), stable: true).Offset);
        Assert.Equal(KafkaError.UnstableOffsetCommit, bench.Fetch(stable: true).Error);
    }

    [Fact]
    public void End_that_is_told_late_leaves_the_next_transaction_alone()
    {
        Commit(5);
        var offset = bench.Log.LogEndOffset;
        End(isCommit: true);
        Commit(6);
        var home = new TopicPartition("__consumer_offsets", 0);
        Assert.Equal(KafkaError.None, bench.Now(bench.Coordinator.MarkerWritten(home, Producer, isCommit: true, offset)));
        Assert.Equal((5L, KafkaError.UnstableOffsetCommit), (bench.Fetch().Offset, bench.Fetch(stable: true).Error));
        End(isCommit: true);
        Assert.Equal(6, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Marker_that_comes_while_the_log_is_read_is_asked_for_again()
    {
        Commit(5);
        bench.Log.ReadError = KafkaError.UnknownServerError;
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, End(isCommit: true));
        bench.Log.ReadError = KafkaError.None;
        bench.World.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(KafkaError.None, End(isCommit: true));
        Assert.Equal(5, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Open_transaction_is_taken_over_by_the_next_coordinator()
    {
        Commit(5);
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.UnstableOffsetCommit, bench.Fetch(stable: true).Error);
        End(isCommit: true);
        Assert.Equal(5, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Old_client_commits_to_any_group_and_one_that_names_a_member_must_be_right()
    {
        var member = bench.StableGroup(1)[0];
        Assert.Equal(KafkaError.None, Commit(1));
        Assert.Equal(KafkaError.None, Commit(1, member.MemberId, member.GenerationId));
        Assert.Equal(KafkaError.IllegalGeneration, Commit(1, member.MemberId, member.GenerationId - 1));
        Assert.Equal(KafkaError.UnknownMemberId, Commit(1, "nobody", member.GenerationId));
    }

    [Fact]
    public void Group_that_is_not_there_is_made_and_has_no_members()
    {
        Assert.Equal(KafkaError.UnknownMemberId, Commit(1, "member", 3));
        Assert.Equal(KafkaError.None, Commit(1));
        Assert.Equal("Empty", bench.Now(bench.Coordinator.Describe(GroupBench.Group)).State.ToString());
    }

    [Fact]
    public void Open_transaction_keeps_its_offset_and_its_group_from_expiring()
    {
        bench.CommitNow(1);
        Commit(5);
        bench.World.Advance(TimeSpan.FromMinutes(70));
        Assert.Equal(1, bench.Fetch().Offset);
        End(isCommit: true);
        Assert.Equal(5, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Refused_append_leaves_nothing_open()
    {
        bench.CommitNow(1);
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        Assert.Equal(KafkaError.CoordinatorNotAvailable, Commit(5));
        bench.Log.AppendError = KafkaError.None;
        Assert.Equal(1, bench.Fetch(stable: true).Offset);
    }

    private KafkaError Commit(
        long offset, string memberId = "", int generationId = -1, ProducerIdAndEpoch? producer = null, int partition = 0)
        => bench.Now(bench.Coordinator.Commit(GroupBench.CommitOf(new OffsetToCommit
        {
            Partition = new TopicPartition("orders", partition),
            Offset = offset,
            LeaderEpoch = -1,
            Metadata = "",
        }) with
        {
            Producer = producer ?? Producer,
            Committer = new Committer { MemberId = memberId, GroupInstanceId = null, GenerationId = generationId },
        })).Errors[0];

    /// <summary>The marker as the leader writes it, and tells of it.</summary>
    private KafkaError End(bool isCommit, ProducerIdAndEpoch? producer = null)
    {
        var offset = bench.Log.LogEndOffset;
        bench.Log.AddMarker(producer ?? Producer, isCommit ? TransactionMarker.Commit : TransactionMarker.Abort);
        if (bench.Log.CommitsAtOnce)
            bench.Log.CommitAll();
        var home = new TopicPartition("__consumer_offsets", 0);
        return bench.Now(bench.Coordinator.MarkerWritten(home, producer ?? Producer, isCommit, offset));
    }
}
