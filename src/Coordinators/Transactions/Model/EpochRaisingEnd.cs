using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>
/// Decides on EndTxn of producers that take another epoch with each end, so that nothing that comes late can reach their next transaction:
/// version 2 of transactions. The rules are Kafka 4's: an epoch that is one too low tells a producer that did not hear the answer, and
/// an abort is right also where no partition has joined, because leaders add partitions and the producer need not know. Pure. KIP-890.
/// </summary>
internal static class EpochRaisingEnd
{
    /// <summary>Null when a producer id that nobody has is needed, because epochs are used up, and there is none.</summary>
    /// <param name="current">Null for an id that is not known.</param>
    public static TransactionDecision? Decide(
        TransactionMetadata? current, bool isPending, TransactionEnd end, long? freshProducerId, long nowMs)
    {
        if (current is null)
            return TransactionDecision.Answer(KafkaError.InvalidProducerIdMapping);
        var asksAgainWithOldId = end.Producer == new ProducerIdAndEpoch(current.Last.ProducerId, TransactionMetadata.LastClientEpoch)
            && current.Last.ProducerId != current.Producer.ProducerId && current.Producer.Epoch == 0;
        if (current.Producer.ProducerId != end.Producer.ProducerId && !asksAgainWithOldId)
            return TransactionDecision.Answer(KafkaError.InvalidProducerIdMapping);
        var asksAgain = asksAgainWithOldId || (current.Producer.Epoch == end.Producer.Epoch + 1 && !current.IsFencedForGood);
        if (TransactionMetadata.IsForFencing(end.Producer.Epoch)
            || !IsValid(current.State, asksAgain, isSame: current.Producer.Epoch == end.Producer.Epoch))
            return TransactionDecision.Answer(KafkaError.ProducerFenced);
        if (isPending)
            return TransactionDecision.Answer(KafkaError.ConcurrentTransactions);
        return (current.State, end.IsCommit, asksAgain) switch
        {
            (TransactionState.Ongoing, _, _) or (TransactionState.Empty, false, _)
                or (TransactionState.CompleteCommit or TransactionState.CompleteAbort, false, false)
                => Prepare(current, end.IsCommit, freshProducerId, nowMs),
            (TransactionState.CompleteCommit, true, true) or (TransactionState.CompleteAbort, false, true)
                => TransactionDecision.Answer(KafkaError.None),
            (TransactionState.PrepareCommit, true, _) or (TransactionState.PrepareAbort, false, _)
                => TransactionDecision.Answer(KafkaError.ConcurrentTransactions),
            _ => TransactionDecision.Answer(KafkaError.InvalidTxnState),
        };
    }

    private static bool IsValid(TransactionState state, bool asksAgain, bool isSame) => state switch
    {
        TransactionState.Ongoing or TransactionState.Empty => isSame,
        TransactionState.PrepareCommit or TransactionState.PrepareAbort => asksAgain,
        _ => asksAgain || isSame,
    };

    private static TransactionDecision? Prepare(TransactionMetadata current, bool isCommit, long? freshProducerId, long nowMs)
        => current.IsEpochExhausted && freshProducerId is null
            ? null
            : TransactionDecision.Write(current.PreparedWithNextEpoch(
                isCommit, current.IsEpochExhausted ? freshProducerId!.Value : TransactionMetadata.NoProducerId, nowMs));
}
