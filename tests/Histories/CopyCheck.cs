namespace KafkaCompatBroker.Tests.Histories;

/// <summary>One record that a copier has written for one that it read.</summary>
/// <param name="Source">Where the other one stands.</param>
/// <param name="Offset">At which offset.</param>
public readonly record struct CopiedRecord(TopicPartition Source, long Offset);

/// <summary>
/// Holds what copiers have written against what they have read, where they write and commit their offsets in one transaction: each record
/// from the first on is copied once and in order, up to the offset that is committed.
/// </summary>
public static class CopyCheck
{
    /// <param name="copied">What readers of committed records see, in the order of each source partition's copies.</param>
    /// <param name="committed">The offset that the copiers' group has committed for each source partition; 0 for none.</param>
    public static IEnumerable<Anomaly> Anomalies(
        IEnumerable<CopiedRecord> copied, IReadOnlyDictionary<TopicPartition, long> committed)
    {
        var next = committed.Keys.ToDictionary(source => source, _ => 0L);
        foreach (var copy in copied)
        {
            var expected = next.GetValueOrDefault(copy.Source);
            if (copy.Offset != expected)
                yield return new(
                    copy.Offset < expected ? AnomalyKind.Duplicated : AnomalyKind.NotCopied, copy.Source,
                    $"offset {copy.Offset} was copied where {expected} was next");
            next[copy.Source] = Math.Max(expected, copy.Offset + 1);
        }
        foreach (var (source, end) in next)
        {
            if (end != committed.GetValueOrDefault(source))
                yield return new(
                    AnomalyKind.NotCopied, source, $"copied up to {end}, and committed is {committed.GetValueOrDefault(source)}");
        }
    }
}
