using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>
/// Decides on what producers ask: pure. The rules are Kafka 3.9's, in its order, in which a request that is wrong in two ways gets the
/// error of the first.
/// </summary>
internal static class TransactionRules
{
    /// <summary>
    /// A producer takes the id over. Null when a producer id that nobody has is needed for it, because the id is new or has used up its
    /// epochs, and <paramref name="freshProducerId"/> is null. KIP-98, KIP-360.
    /// </summary>
    /// <param name="current">Null for an id that is not known.</param>
    public static TransactionDecision? OnInit(
        TransactionMetadata? current, bool isPending, ProducerInit init, long? freshProducerId, long nowMs)
    {
        if (isPending)
            return TransactionDecision.Answer(KafkaError.ConcurrentTransactions);
        if (current is null)
            return freshProducerId is { } first ? TransactionDecision.Write(New(first, init.TimeoutMs, nowMs)) : null;
        if (init.Expected is { } named && !MayBe(named, current))
            return TransactionDecision.Answer(KafkaError.ProducerFenced);
        switch (current.State)
        {
            case TransactionState.PrepareCommit or TransactionState.PrepareAbort:
                return TransactionDecision.Answer(KafkaError.ConcurrentTransactions);
            case TransactionState.Ongoing:
                // The producer asks again until the transaction of its predecessor is aborted.
                return new TransactionDecision(KafkaError.ConcurrentTransactions, current.Fenced(nowMs));
        }
        var expectedEpoch = init.Expected?.Epoch;
        if (current.IsEpochExhausted && (expectedEpoch is null || expectedEpoch == current.Producer.Epoch))
        {
            return freshProducerId is { } next
                ? TransactionDecision.Write(current.Initialized(
                    new(next, 0), expectedEpoch is null ? (short)-1 : current.Producer.Epoch, init.TimeoutMs, nowMs))
                : null;
        }
        return expectedEpoch is null || expectedEpoch == current.Producer.Epoch
            ? TransactionDecision.Write(current.Initialized(
                current.Producer with { Epoch = (short)(current.Producer.Epoch + 1) }, expectedEpoch ?? -1, init.TimeoutMs, nowMs))
            : expectedEpoch == current.Last.Epoch
                // It did not hear the answer to the same request.
                ? TransactionDecision.Write(current.Initialized(current.Producer, current.Last.Epoch, init.TimeoutMs, nowMs))
                : TransactionDecision.Answer(KafkaError.ProducerFenced);
    }

    /// <summary>Partitions join the producer's transaction, which begins with the first of them.</summary>
    public static TransactionDecision OnAdd(TransactionMetadata? current, bool isPending, PartitionsToAdd added, long nowMs)
    {
        if (CheckProducer(current, added.Producer) is var refused and not KafkaError.None)
            return TransactionDecision.Answer(refused);
        if (isPending || current!.IsPrepared)
            return TransactionDecision.Answer(KafkaError.ConcurrentTransactions);
        return current.State == TransactionState.Ongoing && added.Partitions.All(current.Partitions.Contains)
            ? TransactionDecision.Answer(KafkaError.None)
            : TransactionDecision.Write(current.Joined(added.Partitions, added.ByLeader, nowMs));
    }

    /// <summary>Whether the transaction has a partition: TransactionAbortable when it has not. KIP-890.</summary>
    public static IReadOnlyList<KafkaError> OnVerify(TransactionMetadata? current, PartitionsToVerify asked)
    {
        var refused = CheckProducer(current, asked.Producer);
        if (refused == KafkaError.None && current!.IsPrepared)
            refused = KafkaError.ConcurrentTransactions;
        return [.. asked.Partitions.Select(partition => refused != KafkaError.None
            ? refused
            : current!.Partitions.Contains(partition) ? KafkaError.None : KafkaError.TransactionAbortable)];
    }

    /// <summary>
    /// The producer ends its transaction, or asks again for the end that it has decided on. The rules of producers that keep their epoch.
    /// </summary>
    public static TransactionDecision OnEnd(TransactionMetadata? current, bool isPending, TransactionEnd end, long nowMs)
    {
        if (CheckProducer(current, end.Producer) is var refused and not KafkaError.None)
            return TransactionDecision.Answer(refused);
        if (isPending)
            return TransactionDecision.Answer(KafkaError.ConcurrentTransactions);
        return (current!.State, end.IsCommit) switch
        {
            (TransactionState.Ongoing, _) => TransactionDecision.Write(current.Prepared(end.IsCommit, nowMs)),
            (TransactionState.CompleteCommit, true) or (TransactionState.CompleteAbort, false)
                => TransactionDecision.Answer(KafkaError.None),
            (TransactionState.PrepareCommit, true) or (TransactionState.PrepareAbort, false)
                => TransactionDecision.Answer(KafkaError.ConcurrentTransactions),
            _ => TransactionDecision.Answer(KafkaError.InvalidTxnState),
        };
    }

    private static TransactionMetadata New(long producerId, int timeoutMs, long nowMs) => new()
    {
        Producer = new(producerId, 0),
        Last = new(producerId, -1),
        TimeoutMs = timeoutMs,
        State = TransactionState.Empty,
        LastUpdateMs = nowMs,
    };

    /// <summary>A producer that has used up its epochs may come with its former producer id.</summary>
    private static bool MayBe(ProducerIdAndEpoch named, TransactionMetadata current)
        => named.ProducerId == current.Producer.ProducerId
            || (named.ProducerId == current.Last.ProducerId && TransactionMetadata.IsExhausted(named.Epoch));

    private static KafkaError CheckProducer(TransactionMetadata? current, ProducerIdAndEpoch producer)
        => current is null || current.Producer.ProducerId != producer.ProducerId
            ? KafkaError.InvalidProducerIdMapping
            : current.Producer.Epoch != producer.Epoch || TransactionMetadata.IsForFencing(producer.Epoch) ? KafkaError.ProducerFenced
            : KafkaError.None;
}
