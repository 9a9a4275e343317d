using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>
/// What readers see of a log: replaced whole by the writer after each change, so a reader on any thread has offsets, segments and positions
/// that fit together. <c>LogStartOffset ≤ LogEndOffset</c>; bytes below <see cref="LogEndPosition"/> of the last segment never change while
/// this view is read.
/// </summary>
internal sealed class LogView
{
    /// <summary>By rising base offset; never empty.</summary>
    public required LogSegment[] Segments { get; init; }
    public required long LogStartOffset { get; init; }
    public required long LogEndOffset { get; init; }
    /// <summary>Where the next append goes in the last segment.</summary>
    public required int LogEndPosition { get; init; }
    /// <summary>First offset and place of the last append, where a reader that keeps up begins; −1 when unknown.</summary>
    public long LastAppendOffset { get; init; } = -1;
    public int LastAppendPosition { get; init; } = -1;
    /// <summary>Shared by successive views until the log is cut.</summary>
    public required LogPositionCache UpperBounds { get; init; }

    public LogSegment Active => Segments[^1];

    /// <summary>The segment that may hold the offset: the last whose base offset is at most this; −1 before the first.</summary>
    public int SegmentIndexOf(long offset)
    {
        if (Segments[^1].BaseOffset <= offset)
            return Segments.Length - 1;
        var (low, high) = (0, Segments.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Segments[middle].BaseOffset <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }
}
