namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Tells committed state from state that is written but not yet committed. A change carries the offset of its record; it is visible to
/// readers once the high watermark has passed it. What was in the log when the shard was loaded is visible at once, as in Kafka, because an
/// acknowledged write may lie above a new leader's high watermark, and hiding it would let a committed offset go back; it is stable only
/// below the high watermark. On its shard's loop. HighWatermark ≤ VisibleOffset; neither goes back.
/// </summary>
public sealed class Timeline(ILoop loop)
{
    private readonly Queue<Change> unsettled = new();

    /// <summary>Exclusive.</summary>
    public long HighWatermark { get; private set; }

    /// <summary>Exclusive: readers see changes below it.</summary>
    public long VisibleOffset { get; private set; }

    internal bool IsCurrent => loop.IsCurrent;

    /// <summary>What lies below the log's end at load counts as visible.</summary>
    public void StartAt(long highWatermark, long logEndOffset)
    {
        Invariant.Holds(loop.IsCurrent);
        (HighWatermark, VisibleOffset) = (highWatermark, Math.Max(highWatermark, logEndOffset));
    }

    public void Advance(long highWatermark)
    {
        Invariant.Holds(loop.IsCurrent);
        if (highWatermark <= HighWatermark)
            return;
        HighWatermark = highWatermark;
        VisibleOffset = Math.Max(VisibleOffset, highWatermark);
        while (unsettled.TryPeek(out var change) && change.Offset < VisibleOffset)
        {
            unsettled.Dequeue();
            change.Settle();
        }
    }

    internal void Add(Change change)
    {
        Invariant.Holds(loop.IsCurrent);
        if (change.Offset < VisibleOffset)
            change.Settle();
        else
            unsettled.Enqueue(change);
    }

    /// <summary>One change of one key, made by the record at <see cref="Offset"/>.</summary>
    internal abstract class Change(long offset)
    {
        public long Offset { get; } = offset;

        /// <summary>The change has become visible: what it replaced can go.</summary>
        public abstract void Settle();
    }
}
