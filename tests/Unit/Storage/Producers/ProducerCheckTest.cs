using KafkaCompatBroker.Protocol.RecordBatches;
using static KafkaCompatBroker.Protocol.RecordBatches.ControlRecordType;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class ProducerCheckTest
{
    private static readonly ProducerIdAndEpoch Raised = First with { Epoch = 1 };

    private readonly LogBench bench = new();

    [Fact]
    public void A_marker_of_an_older_producer_epoch_or_of_an_older_coordinator_is_refused()
    {
        bench.Write(Raised);
        Assert.Equal(KafkaError.InvalidProducerEpoch, bench.End(First, Abort).Error);
        Assert.Equal(KafkaError.None, bench.End(Raised, Abort, coordinatorEpoch: 5).Error);
        Assert.Equal(KafkaError.TransactionCoordinatorFenced, bench.End(Raised, Abort, coordinatorEpoch: 4).Error);
        Assert.Equal(KafkaError.None, bench.End(Raised, Abort, coordinatorEpoch: 5).Error);
        Assert.Equal(3, bench.Log.LogEndOffset);
    }

    [Fact]
    public void A_marker_with_a_higher_epoch_fences_the_producer_and_its_sequences_begin_anew()
    {
        bench.Write(First);
        Assert.Equal(KafkaError.None, bench.End(Raised, Abort).Error);
        Assert.Equal(KafkaError.InvalidProducerEpoch, bench.Write(First with { Epoch = 0 }).Error);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, bench.Append(RecordOf(Raised, baseSequence: 1)).Error);
        Assert.Equal(KafkaError.None, bench.Append(RecordOf(Raised, baseSequence: 0)).Error);
    }

    [Fact]
    public void Control_batches_are_refused_from_clients()
        => Assert.Equal(KafkaError.InvalidRecord, bench.Append(Marker(First, Commit)).Error);

    [Fact]
    public void Within_a_transaction_its_producer_writes_nothing_outside_of_it()
    {
        bench.Write(First);
        Assert.Equal(KafkaError.InvalidTxnState, bench.Append(RecordOf(First, 1, isTransactional: false)).Error);
        bench.End(First, Commit);
        Assert.Equal(KafkaError.None, bench.Append(RecordOf(First, 1, isTransactional: false)).Error);
    }

    [Fact]
    public void The_marker_is_stored_as_Kafka_stores_it()
    {
        var marker = Marker(new ProducerIdAndEpoch(1000, 0), Abort, coordinatorEpoch: 0);
        var at = KafkaTransactions.Log.AsSpan().IndexOf(Convert.FromHexString("000000000000000400000042"));
        var kafka = KafkaTransactions.Log[at..];
        // All but offset, leader epoch, checksum and times.
        var ours = new RecordBatch(marker);
        var theirs = new RecordBatch(kafka);
        Assert.Equal(theirs.SizeInBytes, ours.SizeInBytes);
        Assert.Equal(
            (theirs.Attributes, theirs.LastOffsetDelta, theirs.Producer, theirs.BaseSequence, theirs.RecordCount),
            (ours.Attributes, ours.LastOffsetDelta, ours.Producer, ours.BaseSequence, ours.RecordCount));
        Assert.Equal(theirs.RecordsBytes, ours.RecordsBytes);
        Assert.Equal(theirs.BaseTimestamp, theirs.MaxTimestamp);
        Assert.Equal(ours.BaseTimestamp, ours.MaxTimestamp);
    }
}
