using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

/// <summary>The life of a transaction. KIP-98.</summary>
public class TransactionTest
{
    private readonly TransactionBench bench = new();

    [Theory]
    [InlineData(true, TransactionState.PrepareCommit, TransactionState.CompleteCommit)]
    [InlineData(false, TransactionState.PrepareAbort, TransactionState.CompleteAbort)]
    public void Decision_is_written_then_told_and_its_completion_written(
        bool isCommit, TransactionState prepared, TransactionState complete)
    {
        var producer = bench.Begin();
        Assert.Equal(KafkaError.None, bench.Add(producer));
        Assert.Equal(KafkaError.None, bench.Add(producer, TransactionBench.Orders1));
        Assert.Equal(KafkaError.None, bench.End(producer, isCommit));
        var (ended, _, _) = Assert.Single(bench.Markers);
        Assert.Equal(
            (TransactionBench.Id, producer, isCommit, new LeaderEpoch(3)),
            (ended.TransactionalId, ended.Producer, ended.IsCommit, ended.CoordinatorEpoch));
        Assert.Equal([TransactionBench.Orders0, TransactionBench.Orders1], ended.Partitions.ToList());
        Assert.Equal(
            [TransactionState.Empty, TransactionState.Ongoing, TransactionState.Ongoing, prepared, complete],
            bench.Records().Select(record => record.Value!.State));
        Assert.Empty(bench.Newest()!.Partitions);
        Assert.Equal(KafkaError.None, bench.End(producer, isCommit));
        Assert.Equal(KafkaError.InvalidTxnState, bench.End(producer, !isCommit));
    }

    [Fact]
    public void Partitions_that_are_there_are_not_written_again()
    {
        var producer = bench.Begin();
        bench.Add(producer, TransactionBench.Orders0, TransactionBench.Orders1);
        var count = bench.Log.Batches.Count;
        Assert.Equal(KafkaError.None, bench.Add(producer, TransactionBench.Orders1));
        Assert.Equal(count, bench.Log.Batches.Count);
    }

    [Fact]
    public void Transaction_without_partitions_cannot_end()
    {
        var producer = bench.Begin();
        Assert.Equal(KafkaError.InvalidTxnState, bench.End(producer));
        Assert.Equal(KafkaError.InvalidTxnState, bench.End(producer, isCommit: false));
    }

    [Fact]
    public void Producer_waits_until_its_decision_is_told_everywhere()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.WritesMarkers = false;
        Assert.Equal(KafkaError.None, bench.End(producer));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.End(producer));
        Assert.Equal(KafkaError.InvalidTxnState, bench.End(producer, isCommit: false));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Add(producer));
        Assert.Equal([KafkaError.ConcurrentTransactions], bench.Verify(producer, TransactionBench.Orders0));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
        bench.Markers[0].Written();
        bench.World.RunUntilIdle();
        Assert.Equal(KafkaError.None, bench.Add(producer));
        Assert.Equal(TransactionState.Ongoing, bench.State());
    }

    [Fact]
    public void Transaction_begins_with_its_first_partition()
    {
        var producer = bench.Begin();
        Assert.Equal(-1, bench.Newest()!.StartMs);
        bench.Add(producer);
        var began = bench.Newest()!.StartMs;
        bench.World.Advance(TimeSpan.FromSeconds(3));
        bench.Add(producer, TransactionBench.Orders1);
        bench.End(producer);
        Assert.Equal((began, began + 3000), (bench.Newest()!.StartMs, bench.Newest()!.LastUpdateMs));
        bench.Add(producer);
        Assert.Equal(began + 3000, bench.Newest()!.StartMs);
    }

    [Fact]
    public void Verification_tells_partitions_that_are_in_the_transaction_from_others()
    {
        var producer = bench.Begin();
        Assert.Equal([KafkaError.TransactionAbortable], bench.Verify(producer, TransactionBench.Orders0));
        bench.Add(producer);
        Assert.Equal(
            [KafkaError.TransactionAbortable, KafkaError.None], bench.Verify(producer, TransactionBench.Orders1, TransactionBench.Orders0));
        Assert.Equal(
            [KafkaError.InvalidProducerIdMapping], bench.Verify(producer with { ProducerId = 9 }, TransactionBench.Orders0));
    }

    [Fact]
    public void What_is_not_committed_is_not_built_upon()
    {
        var producer = bench.Begin();
        bench.Log.CommitsAtOnce = false;
        var adding = bench.Coordinator.AddPartitions(new PartitionsToAdd(TransactionBench.Id, producer, [TransactionBench.Orders0]));
        Assert.True(bench.Waits(adding));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Add(producer));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.End(producer));
        // Also after the one who asked has been told that it took too long: the record may yet be lost, and the partition with it.
        bench.World.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(adding));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Add(producer));
        bench.Log.CommitAll();
        bench.Log.CommitsAtOnce = true;
        Assert.Equal(KafkaError.None, bench.Add(producer));
        Assert.Equal(KafkaError.None, bench.End(producer));
    }

    [Fact]
    public void Partitions_are_told_of_a_decision_only_once_it_is_committed()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.Log.CommitsAtOnce = false;
        var ending = bench.Coordinator.End(new TransactionEnd(TransactionBench.Id, producer, IsCommit: true));
        Assert.True(bench.Waits(ending));
        bench.World.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.World.Await(ending).Error);
        Assert.Empty(bench.Markers);
        bench.Log.CommitAll();
        bench.Log.CommitsAtOnce = true;
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Assert.Single(bench.Markers).Ended.IsCommit);
        Assert.Equal(KafkaError.None, bench.End(producer));
    }

    [Theory]
    [InlineData(KafkaError.NotEnoughReplicas, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.KafkaStorageError, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.MessageTooLarge, KafkaError.UnknownServerError)]
    public void Refused_append_changes_nothing(KafkaError appendError, KafkaError expected)
    {
        var producer = bench.Begin();
        bench.Log.AppendError = appendError;
        Assert.Equal(expected, bench.Add(producer));
        Assert.Equal(expected, bench.Init().Error);
        bench.Log.AppendError = KafkaError.None;
        Assert.Equal(TransactionState.Empty, bench.State());
        Assert.Equal(KafkaError.None, bench.Add(producer));
    }

    [Fact]
    public void Completion_is_written_again_until_it_is_taken()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.WritesMarkers = false;
        bench.End(producer);
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        bench.Markers[0].Written();
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TransactionState.PrepareCommit, bench.State());
        bench.Log.AppendError = KafkaError.None;
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TransactionState.CompleteCommit, bench.State());
        Assert.Single(bench.Markers);
    }

    [Fact]
    public void Next_coordinator_tells_what_the_log_says_is_decided()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.WritesMarkers = false;
        bench.End(producer, isCommit: false);
        var (_, unloaded, written) = bench.Markers[0];
        Assert.False(unloaded.IsCancellationRequested);
        bench.MoveToNewCoordinator();
        Assert.True(unloaded.IsCancellationRequested);
        Assert.Equal(2, bench.Markers.Count);
        Assert.Equal((false, new LeaderEpoch(4)), (bench.Markers[1].Ended.IsCommit, bench.Markers[1].Ended.CoordinatorEpoch));
        // The former coordinator hears too late, and changes nothing.
        written();
        bench.World.RunUntilIdle();
        Assert.Equal(TransactionState.PrepareAbort, bench.State());
        bench.Markers[1].Written();
        bench.World.RunUntilIdle();
        Assert.Equal(TransactionState.CompleteAbort, bench.State());
        Assert.Empty(bench.World.Errors);
    }

    [Fact]
    public void Open_transaction_goes_on_under_the_next_coordinator()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.MoveToNewCoordinator();
        Assert.Equal(TransactionState.Ongoing, bench.State());
        Assert.Equal(KafkaError.None, bench.Add(producer, TransactionBench.Orders1));
        Assert.Equal(KafkaError.None, bench.End(producer));
        Assert.Equal([TransactionBench.Orders0, TransactionBench.Orders1], Assert.Single(bench.Markers).Ended.Partitions.ToList());
    }
}
