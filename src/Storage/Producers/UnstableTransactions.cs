namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// The transactions of a log that hold its last stable offset back: those that are open, and those that have ended while the high watermark
/// has yet to pass their markers, since a marker that is not replicated may be lost. Kept as batches come, so that nobody looks through all
/// producers. Touched only by the log's writer. KIP-98.
/// </summary>
internal sealed class UnstableTransactions
{
    private readonly SortedSet<(long FirstOffset, long ProducerId)> open = [];
    private readonly SortedSet<long> unreplicatedFirstOffsets = [];
    /// <summary>By rising offset of the marker.</summary>
    private readonly Queue<(long FirstOffset, long MarkerOffset)> unreplicated = [];

    /// <summary>Where the oldest open transaction begins; null without one.</summary>
    public long? FirstOpenOffset => open.Count == 0 ? null : open.Min.FirstOffset;

    /// <summary>Where the oldest of all begins; null without one.</summary>
    public long? FirstOffset
    {
        get
        {
            if (unreplicatedFirstOffsets.Count == 0)
                return FirstOpenOffset;
            var first = unreplicatedFirstOffsets.Min;
            return open.Count == 0 ? first : Math.Min(first, open.Min.FirstOffset);
        }
    }

    public void Begin(long firstOffset, long producerId) => open.Add((firstOffset, producerId));

    public void End(long firstOffset, long producerId, long markerOffset)
    {
        open.Remove((firstOffset, producerId));
        unreplicatedFirstOffsets.Add(firstOffset);
        unreplicated.Enqueue((firstOffset, markerOffset));
    }

    /// <summary>The high watermark, exclusive, has come so far.</summary>
    public void Replicated(long highWatermark)
    {
        while (unreplicated.TryPeek(out var ended) && ended.MarkerOffset < highWatermark)
        {
            unreplicated.Dequeue();
            unreplicatedFirstOffsets.Remove(ended.FirstOffset);
        }
    }

    public void Clear()
    {
        open.Clear();
        unreplicatedFirstOffsets.Clear();
        unreplicated.Clear();
    }
}
