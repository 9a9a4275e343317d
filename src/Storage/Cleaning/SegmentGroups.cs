using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Divides the segments that are compacted into groups of neighbours, of each of which one segment is made: together they are no larger
/// than the settings let a segment be, and their offsets fit into the 31 bits of its indexes. Pure. Kafka's groupSegmentsBySize.
/// </summary>
internal static class SegmentGroups
{
    /// <param name="segments">By rising base offset.</param>
    /// <param name="endOffset">Where the last of them ends at the latest, exclusive.</param>
    /// <param name="config">The bounds.</param>
    public static List<LogSegment[]> Of(ReadOnlySpan<LogSegment> segments, long endOffset, LogConfig config)
    {
        var groups = new List<LogSegment[]>();
        while (!segments.IsEmpty)
        {
            var count = 1;
            var (bytes, offsetEntries, timeEntries) = Sizes(segments[0]);
            for (; count < segments.Length; count++)
            {
                var (moreBytes, moreOffsetEntries, moreTimeEntries) = Sizes(segments[count]);
                (bytes, offsetEntries, timeEntries)
                    = (bytes + moreBytes, offsetEntries + moreOffsetEntries, timeEntries + moreTimeEntries);
                var lastOffset = (count + 1 < segments.Length ? segments[count + 1].BaseOffset : endOffset) - 1;
                if (bytes > config.SegmentBytes || offsetEntries > config.SegmentIndexBytes || timeEntries > config.SegmentIndexBytes
                    || moreBytes > 0 && lastOffset - segments[0].BaseOffset > int.MaxValue)
                    break;
            }
            groups.Add(segments[..count].ToArray());
            segments = segments[count..];
        }
        return groups;
    }

    private static (long Bytes, long OffsetIndexBytes, long TimeIndexBytes) Sizes(LogSegment segment)
        => (segment.SizeInBytes, segment.OffsetIndex.Entries.SizeInBytes, segment.TimeIndex.Entries.SizeInBytes);
}
