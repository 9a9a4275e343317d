using System.Numerics;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>
/// The order in which Kafka lists settings: that of a Scala hash map over their names, which is the same in every Kafka. Clients that read
/// entries by their place rely on it.
/// </summary>
internal static class ListingOrder
{
    private const int LeastBuckets = 16;

    public static IReadOnlyList<T> Of<T>(IReadOnlyCollection<T> items, Func<T, string> nameOf)
    {
        // The map doubles its buckets when it is three quarters full.
        var buckets = Math.Max(LeastBuckets, (int)BitOperations.RoundUpToPowerOf2((uint)(items.Count * 4 / 3 + 1)));
        return [.. items.Select(item => (Item: item, Hash: HashOf(nameOf(item))))
            .OrderBy(entry => entry.Hash & (buckets - 1)).ThenBy(entry => entry.Hash).Select(entry => entry.Item)];
    }

    /// <summary>Java's hash of a string, with its upper half mixed into the lower one.</summary>
    private static int HashOf(string name)
    {
        var hash = JavaHash.Of(name);
        return hash ^ (hash >>> 16);
    }
}
