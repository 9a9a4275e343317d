using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>Finds the aborted transactions that a stretch of a log has records or markers of. KIP-98.</summary>
internal static class AbortedIn
{
    /// <param name="segments">The log's.</param>
    /// <param name="first">The place of the one that the stretch begins in.</param>
    /// <param name="startOffset">Of the stretch.</param>
    /// <param name="endOffset">Of the stretch, exclusive.</param>
    public static List<AbortedTransaction> Find(LogSegment[] segments, int first, long startOffset, long endOffset)
    {
        var found = new List<AbortedTransaction>();
        for (var i = first; i < segments.Length; i++)
        {
            var result = segments[i].AbortedTransactions.Search(startOffset, endOffset, found);
            if (result == AbortedSearch.Gone)
                throw new UncleanableLog($"the transaction index of segment {segments[i]} is gone");
            if (result == AbortedSearch.Complete)
                break;
        }
        return found;
    }
}
