using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// What of a log can be compacted, and how dirty it is: a part that has been compacted, a part that can be, and behind it what cannot yet,
/// which is the active segment, what a transaction or a replica holds back, and what is too young. Kafka's LogToClean.
/// </summary>
/// <param name="FirstDirtyOffset">Below it records have been compacted.</param>
/// <param name="FirstUncleanableOffset">Exclusive: a segment's base, or the first dirty offset when nothing can be compacted.</param>
/// <param name="CleanBytes">Of segments that begin below the first dirty offset.</param>
/// <param name="CleanableBytes">Of those behind it that can be compacted.</param>
/// <param name="IsOverdue">A record has waited for <c>max.compaction.lag.ms</c>. KIP-354.</param>
/// <param name="IsCheckpointWrong">The checkpoint was outside the log, so that compaction begins anew.</param>
internal sealed record CleanableLog(
    long FirstDirtyOffset, long FirstUncleanableOffset, long CleanBytes, long CleanableBytes, bool IsOverdue, bool IsCheckpointWrong)
{
    /// <summary>The part of the bytes that is dirty, 0 to 1.</summary>
    public double DirtyRatio => CleanBytes + CleanableBytes == 0 ? 0 : (double)CleanableBytes / (CleanBytes + CleanableBytes);

    /// <summary>Whether the log is worth a compaction.</summary>
    public bool IsDue(LogConfig config) => IsOverdue && CleanableBytes > 0 || DirtyRatio > config.CleanableDirtyRatioMin;

    /// <summary>Looks at a log as of now. Reads of its files only what <c>max.compaction.lag.ms</c> needs, when that is set.</summary>
    /// <param name="view">The log.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="firstDirtyOffset">As the checkpoint has it; −1 when it has none.</param>
    /// <param name="lastStableOffset">Nothing is compacted from there on.</param>
    /// <param name="nowMs">The time.</param>
    public static CleanableLog Of(LogView view, LogConfig config, long firstDirtyOffset, long lastStableOffset, long nowMs)
    {
        var isCheckpointWrong = firstDirtyOffset >= 0
            && (firstDirtyOffset < view.LogStartOffset || firstDirtyOffset > view.LogEndOffset);
        var firstDirty = isCheckpointWrong || firstDirtyOffset < 0 ? view.LogStartOffset : firstDirtyOffset;
        var dirtySegments = NonActiveFrom(view, firstDirty);
        var uncleanable = Math.Min(lastStableOffset, view.Active.BaseOffset);
        if (config.CompactionLagMinMs > 0
            && FirstYoungerThan(nowMs - config.CompactionLagMinMs, dirtySegments) is { } young)
            uncleanable = Math.Min(uncleanable, young.BaseOffset);
        uncleanable = Math.Max(firstDirty, uncleanable);
        var behind = NonActiveFrom(view, uncleanable);
        var firstUncleanable = behind.IsEmpty ? view.Active.BaseOffset : behind[0].BaseOffset;
        return new CleanableLog(
            firstDirty, Math.Max(firstDirty, firstUncleanable), SizeBelow(view, 0, firstDirty),
            firstUncleanable <= firstDirty ? 0 : SizeBelow(view, FloorIndex(view, firstDirty), firstUncleanable),
            IsOlderThan(nowMs, config.CompactionLagMaxMs, dirtySegments), isCheckpointWrong);
    }

    private static LogSegment? FirstYoungerThan(long timeMs, ReadOnlySpan<LogSegment> segments)
    {
        foreach (var segment in segments)
        {
            if (segment.LargestTimestampMs > timeMs)
                return segment;
        }
        return null;
    }

    private static bool IsOlderThan(long nowMs, long lagMaxMs, ReadOnlySpan<LogSegment> segments)
    {
        if (lagMaxMs == long.MaxValue)
            return false;
        foreach (var segment in segments)
        {
            if (FirstTimestampOf(segment) is > 0 and var first && first < nowMs - lagMaxMs)
                return true;
        }
        return false;
    }

    private static long FirstTimestampOf(LogSegment segment)
    {
        if (!segment.File.TryAddReference())
            return -1;
        try
        {
            return segment.ReadFirstTimestamp();
        }
        finally
        {
            segment.File.Release();
        }
    }

    /// <summary>From the segment that holds the offset on.</summary>
    private static ReadOnlySpan<LogSegment> NonActiveFrom(LogView view, long offset)
        => offset >= view.Active.BaseOffset ? [] : view.Segments.AsSpan(FloorIndex(view, offset)..^1);

    private static int FloorIndex(LogView view, long offset) => Math.Max(view.SegmentIndexOf(offset), 0);

    private static long SizeBelow(LogView view, int first, long endOffset)
    {
        var bytes = 0L;
        for (var i = first; i < view.Segments.Length && view.Segments[i].BaseOffset < endOffset; i++)
            bytes += view.Segments[i].SizeInBytes;
        return bytes;
    }
}
