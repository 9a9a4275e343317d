using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>Finds the aborted transactions that a reader with read_committed has to drop from what it reads; on any thread.</summary>
internal static class AbortedSearches
{
    /// <summary>
    /// Finds those with records between the offset that was asked for and the end of the slice, as near as the index tells that end. Their
    /// markers may lie in later segments. Null where there are none; false when a segment was deleted meanwhile.
    /// </summary>
    public static bool TryFind(LogView view, long startOffset, FileSlice slice, out List<AbortedTransaction>? aborted)
    {
        aborted = null;
        var first = Array.FindIndex(view.Segments, segment => ReferenceEquals(segment.File, slice.File));
        List<AbortedTransaction>? found = null;
        var upperBoundOffset = -1L;
        for (var i = first; i < view.Segments.Length; i++)
        {
            var index = view.Segments[i].AbortedTransactions;
            if (index.Count == 0)
                continue;
            if (found is null)
                (found, upperBoundOffset) = ([], UpperBound(view, first, slice));
            var result = index.Search(startOffset, upperBoundOffset, found);
            if (result == AbortedSearch.Gone)
                return false;
            if (result == AbortedSearch.Complete)
                break;
        }
        aborted = found is { Count: > 0 } ? found : null;
        return true;
    }

    /// <summary>An offset past the slice's last: that of the next index entry, or where the segment ends.</summary>
    private static long UpperBound(LogView view, int segmentIndex, FileSlice slice)
        => view.Segments[segmentIndex].OffsetIndex.OffsetAtOrAfter(slice.Position + slice.Length)
            ?? (segmentIndex + 1 < view.Segments.Length ? view.Segments[segmentIndex + 1].BaseOffset : view.LogEndOffset);
}
