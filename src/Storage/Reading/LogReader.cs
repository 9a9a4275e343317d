namespace KafkaCompatBroker.Storage.Reading;

/// <summary>Finds the bytes for a fetch in one view of a log; on any thread, without a lock.</summary>
internal static class LogReader
{
    /// <summary>As <see cref="Read"/>, with the aborted transactions that may have records in what was read.</summary>
    public static LogReadResult ReadCommitted(
        LogView view, long startOffset, int maxBytes, long lastStableOffset, bool atLeastOneBatch)
    {
        var read = Read(view, startOffset, maxBytes, lastStableOffset, atLeastOneBatch);
        if (read.Slice is not { } slice)
            return read;
        var isFound = false;
        try
        {
            isFound = AbortedSearches.TryFind(view, startOffset, slice, out var aborted);
            // Without them the reader would take what was aborted for committed.
            return isFound ? read with { AbortedTransactions = aborted } : read with { Slice = null, FirstOffset = -1 };
        }
        finally
        {
            if (!isFound)
                slice.File.Release();
        }
    }

    public static LogReadResult Read(
        LogView view, long startOffset, int maxBytes, long upperBoundOffset, bool atLeastOneBatch, bool mayCutFirst = false)
    {
        var nothing = new LogReadResult { FirstOffset = -1, LogStartOffset = view.LogStartOffset, LogEndOffset = view.LogEndOffset };
        if (startOffset < view.LogStartOffset || startOffset > view.LogEndOffset)
            return nothing with { Error = KafkaError.OffsetOutOfRange };
        var upperBound = Math.Min(upperBoundOffset, view.LogEndOffset);
        if (startOffset >= upperBound)
            return nothing;
        var limit = new Limit(maxBytes, atLeastOneBatch, mayCutFirst);
        // A segment whose last batches are gone by compaction can hold nothing at or past the offset; then the next one begins past it.
        for (var i = Math.Max(view.SegmentIndexOf(startOffset), 0); i < view.Segments.Length; i++)
        {
            var segment = view.Segments[i];
            // The reference keeps the file open while it is looked into, and passes to the caller with the slice.
            if (!segment.File.TryAddReference())
                return nothing;
            var found = nothing;
            try
            {
                found = ReadSegment(nothing, view, i, startOffset, limit, upperBound, out var isPastEnd);
                if (!isPastEnd)
                    return found;
            }
            finally
            {
                if (found.Slice is null)
                    segment.File.Release();
            }
        }
        return nothing;
    }

    private static LogReadResult ReadSegment(
        LogReadResult nothing, LogView view, int segmentIndex, long startOffset, Limit limit, long upperBound, out bool isPastEnd)
    {
        var segment = view.Segments[segmentIndex];
        var endPosition = EndPosition(view, segmentIndex, upperBound);
        var isRecent = segmentIndex == view.Segments.Length - 1 && view.LastAppendOffset >= 0 && startOffset >= view.LastAppendOffset
            && view.LastAppendPosition <= endPosition;
        var first = segment.Locate(startOffset, endPosition, isRecent ? view.LastAppendPosition : -1);
        isPastEnd = first.SizeInBytes == 0;
        if (isPastEnd)
            return nothing;
        if (limit.BytesFor(first.SizeInBytes) is not (> 0 and var wantedBytes))
            return nothing;
        var length = Math.Min(wantedBytes, endPosition - first.Position);
        return nothing with { Slice = new FileSlice(segment.File, first.Position, length), FirstOffset = first.BaseOffset };
    }

    /// <summary>How much a reader takes.</summary>
    private readonly record struct Limit(int MaxBytes, bool AtLeastOneBatch, bool MayCutFirst)
    {
        /// <summary>
        /// How much to read, when the first batch has so many bytes. Readers since KIP-74 that are given the beginning of one batch and
        /// nothing else take it for damage, and not for a limit, so they get nothing.
        /// </summary>
        public int BytesFor(int firstBatchBytes)
        {
            if (MaxBytes >= firstBatchBytes)
                return MaxBytes;
            if (AtLeastOneBatch)
                return firstBatchBytes;
            return MayCutFirst ? MaxBytes : 0;
        }
    }

    /// <summary>
    /// Where the batches below the upper bound end in the segment. At the log's end that is known without a look at the file.
    /// </summary>
    private static int EndPosition(LogView view, int segmentIndex, long upperBound)
    {
        var isActive = segmentIndex == view.Segments.Length - 1;
        var segment = view.Segments[segmentIndex];
        var endPosition = isActive ? view.LogEndPosition : segment.SizeInBytes;
        if (upperBound >= (isActive ? view.LogEndOffset : view.Segments[segmentIndex + 1].BaseOffset))
            return endPosition;
        return view.UpperBounds.Locate(segment, upperBound, endPosition);
    }
}
