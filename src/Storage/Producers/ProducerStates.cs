using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// What a log knows of the producers that wrote to it: repeated batches are recognised, gaps refused, old epochs fenced, and transactions
/// followed from their first record to their marker. A function of the log's batches below <see cref="MapEndOffset"/>, but for producers
/// that were silent for long or had to make room within the budget, and for the verifications that the leader has begun. Touched only by
/// the log's writer. KIP-98.
/// </summary>
public sealed class ProducerStates(TimeProvider time, Func<long> expirationMs, ProducerBudget budget)
{
    /// <summary>Of a log beyond its share, this part is forgotten at once, so that the search for the oldest is done seldom.</summary>
    private const int ForgottenAtOnce = 8;

    private Dictionary<long, ProducerState> producers = [];
    /// <summary>As many producers as the budget counts for this log.</summary>
    private int counted;

    /// <summary>The state covers the log up to here, exclusive.</summary>
    public long MapEndOffset { get; internal set; }
    public IReadOnlyCollection<ProducerState> Producers => producers.Values;

    /// <summary>Those that hold the last stable offset back.</summary>
    internal UnstableTransactions Unstable { get; private set; } = new();
    internal TransactionVerifications Verifications { get; private set; } = new();

    public ProducerState? Find(long producerId) => producers.GetValueOrDefault(producerId);

    /// <summary>
    /// The guard with which the producer's first batch of a transaction is appended once the transaction's coordinator has been asked; null
    /// when its transaction is open already, and needs none; that of an epoch before it may still wait for its marker. KIP-890.
    /// </summary>
    internal VerificationGuard? BeginVerification(ProducerIdAndEpoch producer, int baseSequence)
    {
        if (Find(producer.ProducerId) is { } known && known.HasOpenTransactionOf(producer.Epoch))
            return null;
        if (budget.Excess(counted + 1) is var excess and > 0)
            Verifications.Forget(Math.Min(excess, 1 + Verifications.Count / ForgottenAtOnce));
        var guard = Verifications.Begin(producer, baseSequence, NowMs);
        Count();
        return guard;
    }

    /// <summary>
    /// Takes in a batch of the log, whose bytes are all there when it is a control batch. Returns the transaction that it aborts, if that
    /// has records.
    /// </summary>
    internal AbortedTransaction? Apply(RecordBatch batch)
    {
        MapEndOffset = batch.NextOffset;
        if (!batch.HasProducerId)
            return null;
        var producer = FindOrAdd(batch.Producer.ProducerId);
        // The transaction has its first record here, or has ended: a guard from before says nothing about what comes, unless it was made
        // for the epoch after that of the transaction which ends.
        var endsEarlier = batch.IsControl && producer.HasOpenTransaction
            && Verifications.AreOfLaterEpoch(producer.ProducerId, producer.Epoch);
        if (batch.IsTransactional && !endsEarlier && Verifications.End(producer.ProducerId))
            Count();
        if (batch.IsControl)
            return ControlRecord.TryRead(batch, out var control) && control.EndsTransaction ? End(producer, batch, control) : null;
        var isOpen = producer.HasOpenTransaction;
        var produced = new ProducedBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp);
        producer.Add(batch.Producer.Epoch, produced, batch.PartitionLeaderEpoch, batch.IsTransactional);
        if (!isOpen && producer.HasOpenTransaction)
            Unstable.Begin(producer.CurrentTxnFirstOffset, producer.ProducerId);
        return null;
    }

    /// <summary>Forgets producers without an open transaction that have been silent for <c>producer.id.expiration.ms</c>.</summary>
    internal void RemoveExpired()
    {
        var (nowMs, expiration) = (NowMs, expirationMs());
        foreach (var producer in producers.Values)
        {
            // A Dictionary lets entries be removed while it is walked.
            if (!producer.HasOpenTransaction && nowMs - producer.LastTimestamp >= expiration)
                producers.Remove(producer.ProducerId);
        }
        Verifications.RemoveExpired(nowMs, expiration);
        Count();
    }

    /// <summary>Starts over from what was true at the offset, without the producers that have expired since.</summary>
    internal void Reset(long mapEndOffset, IReadOnlyCollection<ProducerState> known)
    {
        Release();
        foreach (var producer in known)
        {
            producers[producer.ProducerId] = producer;
            if (producer.HasOpenTransaction)
                Unstable.Begin(producer.CurrentTxnFirstOffset, producer.ProducerId);
        }
        MapEndOffset = mapEndOffset;
        RemoveExpired();
        if (budget.Excess(counted) is var excess and > 0)
            Forget(excess);
    }

    /// <summary>
    /// Takes over from a replay of the log's end what its batches tell and a snapshot does not: of a producer the batches before its last
    /// one, any of which it may repeat when it had them in flight as the broker died; and producers that a snapshot counts as silent for
    /// long, because their records have old timestamps.
    /// </summary>
    internal void Recall(ProducerStates replayed)
    {
        foreach (var producer in replayed.producers.Values)
            FindOrAdd(producer.ProducerId).Recall(producer);
    }

    /// <summary>
    /// Takes all from the state of another log that ends with the same record and is used no more: also verifications, and producers whose
    /// records are gone from its beginning.
    /// </summary>
    internal void TakeOver(ProducerStates other)
    {
        Release();
        MapEndOffset = other.MapEndOffset;
        (producers, Unstable, Verifications) = (other.producers, other.Unstable, other.Verifications);
        (other.producers, other.Unstable, other.Verifications) = ([], new UnstableTransactions(), new TransactionVerifications());
        other.Count();
        Count();
    }

    /// <summary>Another state within the same bounds, of the log from the offset on: nothing is known of what is before.</summary>
    internal ProducerStates NewEmpty(long mapEndOffset) => new(time, expirationMs, budget) { MapEndOffset = mapEndOffset };

    /// <summary>Forgets all, because the log is closed.</summary>
    internal void Release()
    {
        producers.Clear();
        Unstable.Clear();
        Verifications.Clear();
        Count();
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private ProducerState FindOrAdd(long producerId)
    {
        if (producers.TryGetValue(producerId, out var known))
            return known;
        MakeRoom();
        var producer = new ProducerState(producerId);
        producers[producerId] = producer;
        Count();
        return producer;
    }

    private void MakeRoom()
    {
        if (budget.Excess(counted + 1) is var excess and > 0)
            Forget(Math.Min(excess, 1 + counted / ForgottenAtOnce));
    }

    /// <summary>Forgets those that have not written for longest; one with an open transaction stays.</summary>
    private void Forget(int count)
    {
        var idle = producers.Values.Where(producer => !producer.HasOpenTransaction).ToArray();
        Array.Sort(idle, static (one, other) => one.LastUsedOffset.CompareTo(other.LastUsedOffset));
        foreach (var producer in idle.AsSpan(0, Math.Min(count, idle.Length)))
            producers.Remove(producer.ProducerId);
        Count();
    }

    private void Count()
    {
        var now = producers.Count + Verifications.Count;
        budget.Change(counted, now);
        counted = now;
    }

    private AbortedTransaction? End(ProducerState producer, RecordBatch marker, ControlRecord control)
    {
        var firstOffset = producer.CurrentTxnFirstOffset;
        producer.End(marker.Producer.Epoch, control.CoordinatorEpoch, control.Timestamp, marker.LastOffset);
        // A marker for a producer that has written nothing here changes nothing for readers.
        if (firstOffset < 0)
            return null;
        Unstable.End(firstOffset, producer.ProducerId, marker.LastOffset);
        return control.Type == ControlRecordType.Abort
            ? new AbortedTransaction(
                producer.ProducerId, firstOffset, marker.LastOffset, LastStableOffset: Unstable.FirstOpenOffset ?? marker.NextOffset)
            : null;
    }
}
