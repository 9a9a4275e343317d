using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>
/// Remembers the place of the last upper bound (high watermark or last stable offset), which rises slowly and is asked for by every read.
/// </summary>
internal sealed class LogPositionCache
{
    private volatile Entry? last;

    public int Locate(LogSegment segment, long offset, int endPosition)
    {
        var known = last;
        if (known is not null && known.Segment == segment && known.Offset == offset)
            return known.Position;
        var start = known is not null && known.Segment == segment && known.Offset < offset ? known.Position : -1;
        // The index may know a place nearer than the remembered one.
        var position = segment.Locate(
            offset, endPosition, start < 0 ? -1 : Math.Max(start, segment.OffsetIndex.PositionAtMost(offset))).Position;
        last = new Entry(segment, offset, position);
        return position;
    }

    private sealed record Entry(LogSegment Segment, long Offset, int Position);
}
