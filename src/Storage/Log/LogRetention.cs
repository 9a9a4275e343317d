using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Raises a log's start and deletes its oldest segments. Touched only by the log's writer; the decision itself is pure.
/// </summary>
internal sealed class LogRetention(LogState state, LogRoll roll)
{
    /// <summary>As <see cref="PartitionLog.RaiseLogStartOffset"/>.</summary>
    public bool RaiseLogStartOffset(long offset)
    {
        var before = state.View;
        if (offset <= before.LogStartOffset)
            return false;
        Invariant.Holds(offset <= before.LogEndOffset);
        state.Publish(before.Segments, offset, before.LogEndOffset, before.UpperBounds);
        state.LeaderEpochs.TruncateFromStart(offset);
        return true;
    }

    /// <summary>As <see cref="PartitionLog.DeleteOldSegments"/>.</summary>
    public int DeleteOldSegments(long highWatermark)
    {
        // The next look finds what this one leaves to a compaction, which reads those segments.
        if (state.Cleaning is not null)
            return 0;
        var count = CountDeletable(state.View, state.Config, highWatermark, state.NowMs);
        if (count == 0)
            return 0;
        if (count == state.View.Segments.Length)
            roll.RollAt(state.View.LogEndOffset);
        var before = state.View;
        // The start is raised before files go, so that no reader is sent to a segment that is not there.
        RaiseLogStartOffset(Math.Max(before.LogStartOffset, before.Segments[count].BaseOffset));
        state.Publish(before.Segments[count..], state.View.LogStartOffset, before.LogEndOffset, before.UpperBounds);
        state.Files.Delete(before.Segments[..count]);
        return count;
    }

    /// <summary>
    /// Counts from the oldest segment on, up to the first that stays: because it ends past the high watermark, or because neither the
    /// log's start nor size nor time ask for its deletion.
    /// </summary>
    public static int CountDeletable(LogView view, LogConfig config, long highWatermark, long nowMs)
    {
        var deletes = (config.CleanupPolicy & CleanupPolicy.Delete) != 0;
        var excessBytes = config.RetentionBytes < 0 ? -1 : view.Segments.Sum(segment => (long)segment.SizeInBytes) - config.RetentionBytes;
        var count = 0;
        for (; count < view.Segments.Length; count++)
        {
            var segment = view.Segments[count];
            var isActive = count == view.Segments.Length - 1;
            var endOffset = isActive ? view.LogEndOffset : view.Segments[count + 1].BaseOffset;
            if (highWatermark < endOffset || isActive && segment.SizeInBytes == 0)
                break;
            var isBelowStart = !isActive && endOffset <= view.LogStartOffset;
            var isExcess = deletes && config.RetentionBytes >= 0 && excessBytes >= segment.SizeInBytes;
            var isOld = deletes && config.RetentionMs >= 0 && nowMs - segment.LargestTimestampMs > config.RetentionMs;
            if (!isBelowStart && !isExcess && !isOld)
                break;
            excessBytes -= segment.SizeInBytes;
        }
        return count;
    }
}
