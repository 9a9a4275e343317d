using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions.Model;

/// <summary>Producers that take another epoch with each end of a transaction. KIP-890.</summary>
public sealed class EpochRaisingEndTest
{
    private readonly TransactionBench bench = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_end_raises_the_epoch_under_which_the_markers_are_written(bool isCommit)
    {
        var producer = bench.Begin();
        bench.Add(producer);
        var next = Raised(producer);
        Assert.Equal(new TransactionEndReply(KafkaError.None, next), bench.EndAndRaise(producer, isCommit));
        Assert.Equal((next, isCommit), (Assert.Single(bench.Markers).Ended.Producer, bench.Markers[0].Ended.IsCommit));
        Assert.Equal(KafkaError.None, bench.Add(next));
        Assert.Equal(KafkaError.ProducerFenced, bench.Add(producer));
        Assert.Equal([KafkaError.ProducerFenced], bench.Verify(producer, TransactionBench.Orders0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_did_not_hear_the_answer_is_told_the_same_also_by_another_coordinator(bool isCommit)
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.WritesMarkers = false;
        Assert.Equal(KafkaError.None, bench.EndAndRaise(producer, isCommit).Error);
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.EndAndRaise(producer, isCommit).Error);
        Assert.Equal(KafkaError.InvalidTxnState, bench.EndAndRaise(producer, !isCommit).Error);
        bench.WritesMarkers = true;
        bench.MoveToNewCoordinator();
        Assert.Equal(new TransactionEndReply(KafkaError.None, Raised(producer)), bench.EndAndRaise(producer, isCommit));
        Assert.Equal(KafkaError.InvalidTxnState, bench.EndAndRaise(producer, !isCommit).Error);
        Assert.Equal(Raised(producer), bench.Newest()!.Producer);
    }

    /// <summary>A leader that has added a partition says nothing about the end: EndTxn before version 5 keeps the epoch.</summary>
    [Fact]
    public void Markers_are_of_the_version_that_the_end_is_of()
    {
        var producer = bench.Begin();
        Assert.Equal(KafkaError.None, bench.AddByLeader(producer));
        Assert.Equal(KafkaError.None, bench.End(producer));
        Assert.Equal(KafkaError.None, bench.AddByLeader(producer));
        Assert.Equal(KafkaError.None, bench.EndAndRaise(producer).Error);
        Assert.Equal(KafkaError.None, bench.AddByLeader(Raised(producer)));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
        Assert.Equal(
            [(producer, false), (Raised(producer), true), (Raised(Raised(producer)), true)],
            bench.Markers.Select(marker => (marker.Ended.Producer, marker.Ended.RaisesEpoch)));
    }

    [Fact]
    public void A_late_end_does_not_end_the_next_transaction()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        var next = bench.EndAndRaise(producer).Producer;
        bench.Add(next);
        Assert.Equal(KafkaError.ProducerFenced, bench.EndAndRaise(producer).Error);
        Assert.Equal(KafkaError.ProducerFenced, bench.EndAndRaise(Raised(next)).Error);
        Assert.Equal(TransactionState.Ongoing, bench.State());
    }

    [Fact]
    public void What_has_not_begun_may_be_aborted_and_not_committed()
    {
        var producer = bench.Begin();
        Assert.Equal(KafkaError.InvalidTxnState, bench.EndAndRaise(producer).Error);
        var next = bench.EndAndRaise(producer, isCommit: false).Producer;
        Assert.Equal((Raised(producer), TransactionState.CompleteAbort), (next, bench.State()));
        Assert.Equal(KafkaError.InvalidTxnState, bench.EndAndRaise(next).Error);
        Assert.Equal(Raised(next), bench.EndAndRaise(next, isCommit: false).Producer);
        Assert.Equal(KafkaError.InvalidProducerIdMapping, bench.EndAndRaise(next with { ProducerId = 77 }).Error);
    }

    /// <summary>As seen of Kafka 4.3.</summary>
    [Fact]
    public void Who_was_fenced_may_abort_and_not_commit_until_there_is_a_new_producer()
    {
        var producer = bench.Begin();
        bench.AddByLeader(producer);
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
        Assert.Equal(KafkaError.InvalidTxnState, bench.EndAndRaise(producer).Error);
        Assert.Equal(new TransactionEndReply(KafkaError.None, new(0, 1)), bench.EndAndRaise(producer, isCommit: false));
        Assert.Equal(new(0, 2), bench.Begin());
        Assert.Equal(KafkaError.ProducerFenced, bench.EndAndRaise(producer, isCommit: false).Error);
    }

    [Fact]
    public void Who_was_fenced_with_the_last_epoch_goes_on_with_none()
    {
        var fenced = new TransactionMetadata
        {
            Producer = new(0, 32766),
            TimeoutMs = 1,
            State = TransactionState.Ongoing,
            LastUpdateMs = 1,
            RaisesEpoch = true,
        }.Fenced(nowMs: 2);
        var end = new TransactionEnd(TransactionBench.Id, new(0, 32766), IsCommit: false, RaisesEpoch: true);
        Assert.Equal(KafkaError.ProducerFenced, EpochRaisingEnd.Decide(fenced, isPending: false, end, null, nowMs: 3)!.Value.Error);
    }

    [Fact]
    public void Where_the_epochs_are_used_up_the_producer_goes_on_with_another_id()
    {
        var last = new ProducerIdAndEpoch(0, 32766);
        var current = new TransactionMetadata
        {
            Producer = last,
            TimeoutMs = 1,
            State = TransactionState.Ongoing,
            LastUpdateMs = 1,
            Partitions = [TransactionBench.Orders0],
        };
        var end = new TransactionEnd(TransactionBench.Id, last, IsCommit: true, RaisesEpoch: true);
        Assert.Null(EpochRaisingEnd.Decide(current, isPending: false, end, freshProducerId: null, nowMs: 2));
        var prepared = EpochRaisingEnd.Decide(current, isPending: false, end, freshProducerId: 9, nowMs: 2)!.Value.Next!;
        Assert.Equal((new(0, 32767), new(9, 0)), (prepared.Producer, prepared.NextProducer));
        var complete = prepared.Completed(nowMs: 3);
        Assert.Equal(new ProducerIdAndEpoch(9, 0), complete.Producer);
        // Also where the answer was not heard, and the coordinator is another one by now.
        var codec = new TransactionRecordCodec();
        foreach (var (state, expected) in ((TransactionMetadata, KafkaError)[])
            [(prepared, KafkaError.ConcurrentTransactions), (complete, KafkaError.None)])
        {
            var bytes = codec.Encode(new TransactionRecord(TransactionBench.Id, state))!.Value;
            var loaded = codec.Decode(bytes.Key, bytes.Value, out _)!.Value!;
            Assert.Equal(new ProducerIdAndEpoch(9, 0), loaded.NextProducer);
            Assert.Equal(expected, EpochRaisingEnd.Decide(loaded, isPending: false, end, null, nowMs: 4)!.Value.Error);
        }
        var next = complete.Joined([TransactionBench.Orders0], raisesEpoch: true, nowMs: 5);
        Assert.Equal(
            KafkaError.InvalidProducerIdMapping, EpochRaisingEnd.Decide(next, isPending: false, end, null, nowMs: 6)!.Value.Error);
    }

    private static ProducerIdAndEpoch Raised(ProducerIdAndEpoch producer) => producer with { Epoch = (short)(producer.Epoch + 1) };
}
