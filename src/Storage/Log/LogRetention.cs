namespace KafkaCompatBroker.Storage.Log;

/// <summary>Decides how many of a log's oldest segments go. Pure.</summary>
internal static class LogRetention
{
    /// <summary>
    /// Counts from the oldest until the first that stays: for being past the high watermark, or wanted by start offset, size and time
    /// alike.
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
