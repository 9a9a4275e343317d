using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Whether a batch of an idempotent producer may be appended, or which batch it repeats.</summary>
public readonly record struct ProducerCheck(KafkaError Error, ProducedBatch? Duplicate)
{
    public static readonly ProducerCheck Passed = new(KafkaError.None, null);
}

/// <summary>
/// What a log knows of the producers that wrote to it: repeated batches are recognised, gaps refused, old epochs fenced. A function of the
/// log's batches below <see cref="MapEndOffset"/>, but for those that were silent for long or had to make room within the budget. Touched
/// only by the log's writer. KIP-98.
/// </summary>
public sealed class ProducerStates(TimeProvider time, Func<long> expirationMs, ProducerBudget budget)
{
    /// <summary>Of a log beyond its share, this part is forgotten at once, so that the search for the oldest is done seldom.</summary>
    private const int ForgottenAtOnce = 8;

    private readonly Dictionary<long, ProducerState> producers = [];
    /// <summary>As many producers as the budget counts for this log.</summary>
    private int counted;

    /// <summary>The state covers the log up to here, exclusive.</summary>
    public long MapEndOffset { get; internal set; }
    public IReadOnlyCollection<ProducerState> Producers => producers.Values;

    /// <summary>Where the oldest open transaction begins; null without one. KIP-98.</summary>
    public long? FirstOpenTransactionOffset
    {
        get
        {
            long? first = null;
            foreach (var producer in producers.Values)
            {
                if (producer.CurrentTxnFirstOffset >= 0 && !(first <= producer.CurrentTxnFirstOffset))
                    first = producer.CurrentTxnFirstOffset;
            }
            return first;
        }
    }

    public ProducerState? Find(long producerId) => producers.GetValueOrDefault(producerId);

    /// <summary>
    /// Judges a batch with a producer id: a repeat, InvalidProducerEpoch, OutOfOrderSequenceNumber, InvalidTxnState, or fine. A producer
    /// that is not known may begin with any sequence, because its state may have expired. Of a batch that a coordinator of this broker
    /// wrote (<paramref name="isFromClient"/> is false) only the epoch counts.
    /// </summary>
    public ProducerCheck Check(RecordBatch batch, bool isFromClient)
    {
        var (producerId, epoch) = (batch.Producer.ProducerId, batch.Producer.Epoch);
        if (!producers.TryGetValue(producerId, out var known))
            return ProducerCheck.Passed;
        if (isFromClient && known.FindDuplicate(epoch, batch.BaseSequence, batch.LastSequence) is { } duplicate)
            return new ProducerCheck(KafkaError.None, duplicate);
        if (epoch < known.Epoch)
            return new ProducerCheck(KafkaError.InvalidProducerEpoch, null);
        if (!isFromClient || batch.IsControl)
            return ProducerCheck.Passed;
        if (!IsInSequence(known, epoch, batch.BaseSequence))
            return new ProducerCheck(KafkaError.OutOfOrderSequenceNumber, null);
        return known.CurrentTxnFirstOffset >= 0 && !batch.IsTransactional
            ? new ProducerCheck(KafkaError.InvalidTxnState, null)
            : ProducerCheck.Passed;
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
        var (producerId, epoch) = (batch.Producer.ProducerId, batch.Producer.Epoch);
        if (!producers.TryGetValue(producerId, out var producer))
        {
            MakeRoom();
            producers[producerId] = producer = new ProducerState(producerId);
            Count();
        }
        if (batch.IsControl)
            return ControlRecord.TryRead(batch, out var control) && control.EndsTransaction ? End(producer, batch, control) : null;
        var produced = new ProducedBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp);
        producer.Add(epoch, produced, batch.IsTransactional);
        return null;
    }

    /// <summary>Forgets producers without an open transaction that have been silent for <c>producer.id.expiration.ms</c>.</summary>
    internal void RemoveExpired()
    {
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var producer in producers.Values)
        {
            // A Dictionary lets entries be removed while it is walked.
            if (IsExpired(producer, nowMs))
                producers.Remove(producer.ProducerId);
        }
        Count();
    }

    /// <summary>Starts over from what was true at the offset, without the producers that have expired since.</summary>
    internal void Reset(long mapEndOffset, IReadOnlyCollection<ProducerState> known)
    {
        Release();
        foreach (var producer in known)
            producers[producer.ProducerId] = producer;
        MapEndOffset = mapEndOffset;
        RemoveExpired();
        if (budget.Excess(counted) is var excess and > 0)
            Forget(excess);
    }

    /// <summary>Forgets all, because the log is closed.</summary>
    internal void Release()
    {
        producers.Clear();
        Count();
    }

    private void MakeRoom()
    {
        if (budget.Excess(counted + 1) is var excess and > 0)
            Forget(Math.Min(excess, 1 + counted / ForgottenAtOnce));
    }

    /// <summary>Forgets those that have not written for longest; one with an open transaction stays.</summary>
    private void Forget(int count)
    {
        var idle = producers.Values.Where(producer => producer.CurrentTxnFirstOffset < 0).ToArray();
        Array.Sort(idle, static (one, other) => one.LastUsedOffset.CompareTo(other.LastUsedOffset));
        foreach (var producer in idle.AsSpan(0, Math.Min(count, idle.Length)))
            producers.Remove(producer.ProducerId);
        Count();
    }

    private void Count()
    {
        budget.Change(counted, producers.Count);
        counted = producers.Count;
    }

    private AbortedTransaction? End(ProducerState producer, RecordBatch marker, ControlRecord control)
    {
        var firstOffset = producer.CurrentTxnFirstOffset;
        producer.End(marker.Producer.Epoch, control.CoordinatorEpoch, control.Timestamp, marker.LastOffset);
        return firstOffset >= 0 && control.Type == ControlRecordType.Abort
            ? new AbortedTransaction(
                producer.ProducerId, firstOffset, marker.LastOffset,
                LastStableOffset: FirstOpenTransactionOffset ?? marker.NextOffset)
            : null;
    }

    private static bool IsInSequence(ProducerState known, short epoch, int baseSequence)
    {
        if (known.Epoch == ProducerState.NoEpoch)
            return true;
        if (epoch != known.Epoch)
            return baseSequence == 0;
        return baseSequence == known.LastSequence + 1L || baseSequence == 0 && known.LastSequence == int.MaxValue;
    }

    private bool IsExpired(ProducerState producer, long nowMs)
        => producer.CurrentTxnFirstOffset < 0 && nowMs - producer.LastTimestamp >= expirationMs();
}
