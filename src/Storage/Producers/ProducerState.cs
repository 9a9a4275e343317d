namespace KafkaCompatBroker.Storage.Producers;

/// <summary>One batch that an idempotent producer has written.</summary>
public readonly record struct ProducedBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public long FirstOffset => LastOffset - OffsetDelta;
    /// <summary>The first record's sequence; sequences wrap from 2³¹−1 to 0.</summary>
    public int BaseSequence => (int)(((long)LastSequence - OffsetDelta) & int.MaxValue);
}

/// <summary>
/// What a partition remembers of one producer: its epoch and the window of its last five batches. Owned by a
/// <see cref="ProducerStates"/>.
/// </summary>
public sealed class ProducerState(long producerId)
{
    /// <summary>As many batches as a producer may have in flight.</summary>
    public const int WindowBatches = 5;
    public const short NoEpoch = -1;
    public const int NoSequence = -1;

    /// <summary>As many leaders before the one of the last batch may still have batches of the producer in flight.</summary>
    private const int FormerLeaders = 2;

    private ProducedBatch[] window = [];
    private int windowCount;
    /// <summary>
    /// What the window held each time that the producer went on with another leader. A producer has so many batches in flight to each of
    /// its leaders, and when a leader of before answers none of those that it has, or refuses them all as a leader no more, the producer
    /// repeats them behind those that the next one took. A Kafka, which keeps no more than the window, refuses such a repeat for as long
    /// as the producer tries.
    /// </summary>
    private ProducedBatch[] beforeLeaderChanges = [];
    private LeaderEpoch lastLeaderEpoch = LeaderEpoch.Unknown;

    public long ProducerId { get; } = producerId;
    public short Epoch { get; private set; } = NoEpoch;
    public int CoordinatorEpoch { get; private set; } = -1;
    public long LastTimestamp { get; private set; } = -1;
    /// <summary>The last offset of its last batch or marker, as far as that is known: a snapshot tells only that of a batch.</summary>
    public long LastUsedOffset { get; private set; } = -1;
    /// <summary>Where the producer's open transaction began; −1 without one.</summary>
    public long CurrentTxnFirstOffset { get; private set; } = -1;
    public bool HasOpenTransaction => CurrentTxnFirstOffset >= 0;
    /// <summary>Whether the open transaction is one of the epoch: producers of version 2 have another in each.</summary>
    internal bool HasOpenTransactionOf(short epoch) => HasOpenTransaction && Epoch == epoch;
    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<ProducedBatch> Window => window.AsSpan(0, windowCount);
    public ProducedBatch? LastBatch => windowCount > 0 ? window[windowCount - 1] : null;
    public int LastSequence => LastBatch?.LastSequence ?? NoSequence;

    /// <summary>The remembered batch that this one repeats.</summary>
    public ProducedBatch? FindDuplicate(short epoch, int baseSequence, int lastSequence)
    {
        if (epoch != Epoch)
            return null;
        if (Find(Window, baseSequence, lastSequence) is { } found)
            return found;
        // What comes next is no repeat, should the sequences have come round to those of an old batch.
        return Follows(baseSequence) ? null : Find(beforeLeaderChanges, baseSequence, lastSequence);
    }

    /// <summary>Whether the sequence is the one after the last.</summary>
    public bool Follows(int baseSequence) => baseSequence == LastSequence + 1L || baseSequence == 0 && LastSequence == int.MaxValue;

    internal void Add(short epoch, ProducedBatch batch, LeaderEpoch leaderEpoch, bool isTransactional)
    {
        SetEpoch(epoch);
        if (leaderEpoch != lastLeaderEpoch && windowCount > 0)
            beforeLeaderChanges = [.. beforeLeaderChanges.TakeLast((FormerLeaders - 1) * WindowBatches), .. Window];
        lastLeaderEpoch = leaderEpoch;
        if (windowCount == WindowBatches)
            window.AsSpan(1).CopyTo(window);
        else
        {
            if (windowCount == window.Length)
                Array.Resize(ref window, windowCount == 0 ? 1 : WindowBatches);
            windowCount++;
        }
        window[windowCount - 1] = batch;
        LastTimestamp = batch.Timestamp;
        LastUsedOffset = batch.LastOffset;
        if (isTransactional && !HasOpenTransaction)
            CurrentTxnFirstOffset = batch.FirstOffset;
    }

    /// <summary>A commit or abort marker ends the open transaction, and may raise the epoch.</summary>
    internal void End(short epoch, int coordinatorEpoch, long timestamp, long markerOffset)
    {
        SetEpoch(epoch);
        (CurrentTxnFirstOffset, CoordinatorEpoch, LastTimestamp, LastUsedOffset) = (-1, coordinatorEpoch, timestamp, markerOffset);
    }

    /// <summary>
    /// Takes the window of the same producer from a replay of the log's end, when both know the same last batch; all but its transaction,
    /// when nothing was known of it yet.
    /// </summary>
    internal void Recall(ProducerState replayed)
    {
        if (Epoch == NoEpoch)
        {
            Epoch = replayed.Epoch;
            CoordinatorEpoch = replayed.CoordinatorEpoch;
            (LastTimestamp, LastUsedOffset) = (replayed.LastTimestamp, replayed.LastUsedOffset);
        }
        else if (Epoch != replayed.Epoch || LastBatch?.LastOffset != replayed.LastBatch?.LastOffset)
            return;
        (window, windowCount) = (replayed.window, replayed.windowCount);
        (beforeLeaderChanges, lastLeaderEpoch) = (replayed.beforeLeaderChanges, replayed.lastLeaderEpoch);
    }

    internal static ProducerState Restore(
        long producerId, short epoch, ProducedBatch? lastBatch, long lastTimestamp, int coordinatorEpoch, long currentTxnFirstOffset)
    {
        var state = new ProducerState(producerId) { Epoch = epoch };
        if (lastBatch is { } batch)
            state.Add(epoch, batch, LeaderEpoch.Unknown, isTransactional: false);
        state.LastTimestamp = lastTimestamp;
        state.CoordinatorEpoch = coordinatorEpoch;
        state.CurrentTxnFirstOffset = currentTxnFirstOffset;
        return state;
    }

    private void SetEpoch(short epoch)
    {
        if (epoch == Epoch)
            return;
        Epoch = epoch;
        windowCount = 0;
        beforeLeaderChanges = [];
    }

    private static ProducedBatch? Find(ReadOnlySpan<ProducedBatch> batches, int baseSequence, int lastSequence)
    {
        foreach (var batch in batches)
        {
            if (batch.BaseSequence == baseSequence && batch.LastSequence == lastSequence)
                return batch;
        }
        return null;
    }
}
