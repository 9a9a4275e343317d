namespace KafkaCompatBroker.Tests.Histories;

/// <summary>A record that was sent to a partition.</summary>
public interface ISentRecord
{
    /// <summary>What no other record has.</summary>
    string Value { get; }

    /// <summary>Whose order it keeps.</summary>
    string Producer { get; }

    /// <summary>Its place in the order in which its producer sent to the partition.</summary>
    int Number { get; }

    /// <summary>How often it may be stored at most.</summary>
    int CopiesMax { get; }
}

/// <summary>
/// Holds what is stored in a partition against what was sent to it: nothing is there that was not sent, nor more often than it may be, nor
/// out of its producer's order, which the first copies keep.
/// </summary>
public static class StoredRecords
{
    /// <param name="stored">Values by rising offsets; there may be gaps.</param>
    /// <param name="sentAs">The record of a value; null when nobody has sent it there.</param>
    public static IEnumerable<Anomaly> Anomalies(
        TopicPartition partition, IEnumerable<KeyValuePair<long, string>> stored, Func<string, ISentRecord?> sentAs)
    {
        var copies = new Dictionary<string, (int Count, long First)>(StringComparer.Ordinal);
        var last = new Dictionary<string, ISentRecord>(StringComparer.Ordinal);
        foreach (var (offset, value) in stored)
        {
            if (sentAs(value) is not { } record)
            {
                yield return new(AnomalyKind.NeverWritten, partition, $"'{value}' at offset {offset} was sent by nobody");
                continue;
            }
            var (count, first) = copies.GetValueOrDefault(value, (0, offset));
            copies[value] = (count + 1, first);
            if (count == record.CopiesMax)
                yield return new(
                    AnomalyKind.Duplicated, partition,
                    $"'{value}' is at offset {first} and again at {offset}, of {record.CopiesMax} allowed");
            if (count > 0)
                continue;
            if (last.GetValueOrDefault(record.Producer) is { } before && before.Number > record.Number)
                yield return new(
                    AnomalyKind.Reordered, partition, $"'{value}' at offset {offset} is behind '{before.Value}', which was sent after it");
            else
                last[record.Producer] = record;
        }
    }
}
