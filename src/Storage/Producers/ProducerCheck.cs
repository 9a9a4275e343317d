using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Whether a batch of a producer with an id may be appended by the leader, or which batch it repeats.</summary>
public readonly record struct ProducerCheck(KafkaError Error, ProducedBatch? Duplicate)
{
    private static ProducerCheck Verdict(KafkaError error) => new(error, null);

    /// <summary>
    /// Judges a batch with a producer id, in Kafka's order: a repeat, InvalidTxnState, InvalidProducerEpoch, TransactionCoordinatorFenced,
    /// OutOfOrderSequenceNumber, or fine. A producer that is not known may begin with any sequence, because its state may have expired.
    /// Pure.
    /// </summary>
    /// <param name="isFromClient">False for what a coordinator writes or has written, in which sequences do not count.</param>
    /// <param name="isEpochRaised">Whether it is a marker with an epoch that its transaction has not had. KIP-890.</param>
    /// <param name="needsVerification">Whether a transaction's first batch needs a guard. KIP-890.</param>
    /// <param name="guard">The guard with which the batch comes.</param>
    internal static ProducerCheck Of(
        ProducerStates states, RecordBatch batch, bool isFromClient, bool isEpochRaised, bool needsVerification,
        VerificationGuard? guard)
    {
        var (producerId, epoch) = (batch.Producer.ProducerId, batch.Producer.Epoch);
        var known = states.Find(producerId);
        if (isFromClient && known?.FindDuplicate(epoch, batch.BaseSequence, batch.LastSequence) is { } duplicate)
            return new ProducerCheck(KafkaError.None, duplicate);
        var hasOpenTransaction = known is { HasOpenTransaction: true };
        if (needsVerification && batch.IsTransactional && !batch.IsControl && known?.HasOpenTransactionOf(epoch) is not true
            && !states.Verifications.Holds(producerId, guard))
            return Verdict(KafkaError.InvalidTxnState);
        if (epoch < known?.Epoch)
            return Verdict(KafkaError.InvalidProducerEpoch);
        if (batch.IsControl)
            return Verdict(CheckMarker(known, batch, isEpochRaised));
        if (isFromClient
            && (states.Verifications.HasSeenBelow(batch.Producer, batch.BaseSequence) || !IsInSequence(known, epoch, batch.BaseSequence)))
            return Verdict(KafkaError.OutOfOrderSequenceNumber);
        return Verdict(hasOpenTransaction && !batch.IsTransactional ? KafkaError.InvalidTxnState : KafkaError.None);
    }

    /// <summary>
    /// A coordinator that has lost its partition to another one ends no transaction any more, and a marker that was sent twice and comes
    /// late not the transaction after its own.
    /// </summary>
    private static KafkaError CheckMarker(ProducerState? known, RecordBatch batch, bool isEpochRaised)
    {
        if (isEpochRaised && known?.HasOpenTransactionOf(batch.Producer.Epoch) is true)
            return KafkaError.InvalidProducerEpoch;
        var isFenced = ControlRecord.TryRead(batch, out var control) && control.EndsTransaction
            && control.CoordinatorEpoch < known?.CoordinatorEpoch;
        return isFenced ? KafkaError.TransactionCoordinatorFenced : KafkaError.None;
    }

    private static bool IsInSequence(ProducerState? known, short epoch, int baseSequence)
    {
        if (known is null || known.Epoch == ProducerState.NoEpoch)
            return true;
        return epoch == known.Epoch ? known.Follows(baseSequence) : baseSequence == 0;
    }
}
