using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public class CoordinatorShardTest
{
    [Fact]
    public void Commit_is_answered_and_seen_only_when_the_high_watermark_has_passed_it()
    {
        var bench = new GroupBench();
        Assert.Equal(KafkaError.None, bench.CommitNow(5));
        bench.Log.CommitsAtOnce = false;
        var committing = bench.Commit(6);
        Assert.True(bench.Waits(committing));
        Assert.Equal(5, bench.Fetch().Offset);
        Assert.Equal(KafkaError.UnstableOffsetCommit, bench.Fetch(stable: true).Error);
        bench.Log.CommitAll();
        Assert.Equal(KafkaError.None, bench.Now(committing).Errors[0]);
        Assert.Equal((6L, 3), (bench.Fetch(stable: true).Offset, bench.Fetch().LeaderEpoch));
    }

    [Theory]
    [InlineData(KafkaError.NotEnoughReplicas, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.KafkaStorageError, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.RecordListTooLarge, KafkaError.InvalidCommitOffsetSize)]
    public void Refused_append_changes_nothing(KafkaError appendError, KafkaError expected)
    {
        var bench = new GroupBench();
        bench.CommitNow(5);
        bench.Log.AppendError = appendError;
        Assert.Equal(expected, bench.CommitNow(6));
        Assert.Equal((5L, KafkaError.None), (bench.Fetch(stable: true).Offset, bench.Fetch(stable: true).Error));
        bench.Log.AppendError = KafkaError.None;
        Assert.Equal(KafkaError.None, bench.CommitNow(7));
        Assert.Equal(7, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Commit_that_is_not_replicated_in_time_is_answered_and_may_still_count()
    {
        var bench = new GroupBench();
        bench.Log.CommitsAtOnce = false;
        var committing = bench.Commit(6);
        bench.World.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(bench.Waits(committing));
        bench.World.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(KafkaError.RequestTimedOut, bench.Now(committing).Errors[0]);
        Assert.Equal(-1, bench.Fetch().Offset);
        bench.Log.CommitAll();
        Assert.Equal(6, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Requests_are_refused_before_during_and_after_leadership()
    {
        var bench = new GroupBench(elect: false);
        Assert.Equal(KafkaError.NotCoordinator, bench.CommitNow(1));
        bench.Log.ReadError = KafkaError.UnknownServerError;
        bench.Log.Add([new KeyedBytes([0, 99], null)], ProducerIdAndEpoch.None);
        bench.Elect();
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, bench.CommitNow(1));
        Assert.Equal(KafkaError.None, bench.Heartbeat("any", 1));
        Assert.Equal(KafkaError.RebalanceInProgress, bench.Now(bench.Sync("any", 1, null)).Error);
        bench.Log.ReadError = KafkaError.None;
        bench.World.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(KafkaError.None, bench.CommitNow(1));
        bench.Coordinator.OnResigned(0, new LeaderEpoch(1));
        Assert.Equal(KafkaError.NotCoordinator, bench.CommitNow(2));
    }

    [Fact]
    public void Resigning_answers_writes_whose_commit_was_not_seen()
    {
        var bench = new GroupBench();
        bench.Log.CommitsAtOnce = false;
        var committing = bench.Commit(6);
        Assert.True(bench.Waits(committing));
        bench.Coordinator.OnResigned(0, new LeaderEpoch(1));
        Assert.Equal(KafkaError.NotCoordinator, bench.Now(committing).Errors[0]);
    }

    [Fact]
    public void News_of_an_older_epoch_is_ignored()
    {
        var bench = new GroupBench();
        bench.Coordinator.OnElected(bench.Log, new LeaderEpoch(5));
        bench.Log.LeaderEpoch = new LeaderEpoch(5);
        Assert.Equal(KafkaError.None, bench.CommitNow(1));
        bench.Coordinator.OnResigned(0, new LeaderEpoch(4));
        Assert.Equal(KafkaError.None, bench.CommitNow(2));
        bench.Coordinator.OnResigned(0, new LeaderEpoch(6));
        bench.Coordinator.OnElected(bench.Log, new LeaderEpoch(5));
        Assert.Equal(KafkaError.NotCoordinator, bench.CommitNow(3));
    }

    [Fact]
    public void Topic_that_was_deleted_and_made_again_is_coordinated_from_its_first_epoch_on()
    {
        var bench = new GroupBench();
        bench.Coordinator.OnElected(bench.Log, new LeaderEpoch(5));
        bench.Coordinator.OnResigned(0, null);
        bench.Elect();
        Assert.Equal(KafkaError.None, bench.CommitNow(1));
    }

    [Fact]
    public void Session_ends_in_time_though_too_many_requests_wait_behind_an_append()
    {
        var bench = new GroupBench();
        var member = bench.StableGroup(1)[0];
        bench.Log.HoldsAppends = true;
        var committing = bench.Commit(1, member.MemberId, member.GenerationId);
        Assert.True(bench.Waits(committing));
        Task<KafkaError> last = Task.FromResult(KafkaError.None);
        for (var i = 0; i < 100_001; i++)
            last = bench.Coordinator.Heartbeat(GroupBench.HeartbeatOf("other", 1));
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(last));
        bench.World.Advance(TimeSpan.FromSeconds(11));
        bench.Log.HoldsAppends = false;
        bench.World.RunUntilIdle();
        Assert.Equal(KafkaError.UnknownMemberId, bench.Heartbeat(member.MemberId, member.GenerationId));
    }

    [Fact]
    public void Leader_of_an_old_epoch_cannot_write()
    {
        var bench = new GroupBench();
        bench.Log.LeaderEpoch = new LeaderEpoch(7);
        Assert.Equal(KafkaError.NotCoordinator, bench.CommitNow(1));
    }

    [Fact]
    public void What_a_new_leader_found_in_its_log_is_seen_and_called_stable_once_committed()
    {
        var bench = new GroupBench();
        bench.CommitNow(5);
        bench.Log.CommitsAtOnce = false;
        _ = bench.Commit(6);
        bench.World.RunUntilIdle();
        bench.MoveToNewCoordinator();
        Assert.Equal(6, bench.Fetch().Offset);
        Assert.Equal(KafkaError.UnstableOffsetCommit, bench.Fetch(stable: true).Error);
        bench.Log.CommitAll();
        Assert.Equal(6, bench.Fetch(stable: true).Offset);
    }

    [Fact]
    public void Records_of_unknown_kinds_are_skipped()
    {
        var bench = new GroupBench(elect: false);
        bench.Log.Add(
            [new KeyedBytes([0, 3, 0, 1, 65], [0, 0]), new KeyedBytes([0], null), new KeyedBytes([0, 1, 0, 200], [1])],
            ProducerIdAndEpoch.None);
        bench.Elect();
        Assert.Equal(KafkaError.None, bench.CommitNow(1));
    }

    [Fact]
    public void Offsets_of_a_transaction_count_from_its_commit_on()
    {
        var codec = new GroupRecordCodec();
        KeyedBytes Offset(long offset)
        {
            var value = new CommittedOffset { Offset = offset, LeaderEpoch = -1, Metadata = "", CommitTimestampMs = 1 };
            return codec.Encode(new OffsetRecord(GroupBench.Group, GroupBench.Orders0, value))!.Value;
        }
        var (first, second) = (new ProducerIdAndEpoch(1, 0), new ProducerIdAndEpoch(2, 0));
        var bench = new GroupBench(elect: false);
        bench.Log.Add([Offset(1)], ProducerIdAndEpoch.None);
        bench.Log.Add([Offset(2)], first);
        bench.Log.Add([Offset(3)], second);
        bench.Log.AddMarker(second, TransactionMarker.Abort);
        bench.Log.CommitAll();
        bench.Elect();
        Assert.Equal((1L, KafkaError.UnstableOffsetCommit), (bench.Fetch().Offset, bench.Fetch(stable: true).Error));
        bench.Log.AddMarker(first, TransactionMarker.Commit);
        bench.Log.CommitAll();
        bench.MoveToNewCoordinator();
        Assert.Equal(2, bench.Fetch(stable: true).Offset);
    }
}
