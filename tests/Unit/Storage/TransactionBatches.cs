using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Tests.Unit.Storage;

/// <summary>What transactional producers and their coordinators write.</summary>
internal static class TransactionBatches
{
    public static readonly ProducerIdAndEpoch First = new(1, 0), Second = new(2, 0), Third = new(3, 0);

    /// <summary>One record; for a follower it has its offset already.</summary>
    public static byte[] RecordOf(ProducerIdAndEpoch producer, int baseSequence = 0, long baseOffset = 0, bool isTransactional = true)
    {
        var builder = new RecordBatchBuilder
        {
            BaseOffset = baseOffset,
            PartitionLeaderEpoch = LogBench.Epoch,
            Producer = producer,
            BaseSequence = baseSequence,
            IsTransactional = isTransactional,
        };
        builder.Append(1000, [1], [1]);
        return builder.Build();
    }

    public static byte[] Marker(ProducerIdAndEpoch producer, ControlRecordType type, int coordinatorEpoch = 1, long baseOffset = 0)
    {
        var marker = ControlRecord.MarkerBatch(producer, new ControlRecord(type, coordinatorEpoch, Timestamp: 2000));
        var batch = new MutableRecordBatch(marker);
        batch.SetBaseOffset(baseOffset);
        batch.SetPartitionLeaderEpoch(LogBench.Epoch);
        return marker;
    }

    /// <summary>Appends as leader, with the producer's next sequence.</summary>
    public static LogAppendResult Write(this LogBench bench, ProducerIdAndEpoch producer, VerificationGuard? guard = null)
    {
        var sequence = bench.Log.ProducerStates.Find(producer.ProducerId) is { } known && known.Epoch == producer.Epoch
            ? known.LastSequence + 1 : 0;
        return bench.Change(() => bench.Log.AppendAsLeader(RecordOf(producer, sequence), LogBench.Epoch, guard: guard));
    }

    public static LogAppendResult End(
        this LogBench bench, ProducerIdAndEpoch producer, ControlRecordType type, int coordinatorEpoch = 1)
        => bench.Append(Marker(producer, type, coordinatorEpoch), AppendOrigin.Coordinator);

    public static void Follow(this LogBench bench, params byte[][] batches)
    {
        foreach (var batch in batches)
            Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(batch).Error);
    }
}
