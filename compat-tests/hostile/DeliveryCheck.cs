namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>One record as it was read.</summary>
/// <param name="Number">Which of its partition's records it is, from 0; <see cref="NeverSent"/> when it is none of them.</param>
internal readonly record struct ReadRecord(long Offset, int Number)
{
    public const int NeverSent = -1;
}

/// <summary>
/// What one idempotent producer has sent to one partition, numbered from 0, and where each record was acknowledged. The sender and the
/// client library's own thread note here at once.
/// </summary>
internal sealed class SentRecords
{
    private const long NotAcknowledged = -1;

    private readonly List<long> offsets = [];

    public int Count
    {
        get
        {
            lock (offsets)
                return offsets.Count;
        }
    }

    public int AcknowledgedCount
    {
        get
        {
            lock (offsets)
                return offsets.Count(offset => offset != NotAcknowledged);
        }
    }

    /// <summary>The number of the next record, which counts as sent from now on.</summary>
    public int Next()
    {
        lock (offsets)
        {
            offsets.Add(NotAcknowledged);
            return offsets.Count - 1;
        }
    }

    public void Acknowledge(int number, long offset)
    {
        lock (offsets)
            offsets[number] = offset;
    }

    /// <summary>By number, where each record was acknowledged; null for one that was not.</summary>
    public IReadOnlyList<long?> Acknowledged()
    {
        lock (offsets)
            return [.. offsets.Select(offset => offset == NotAcknowledged ? (long?)null : offset)];
    }
}

/// <summary>
/// Holds what was read of a partition, in the order of reading, from its first record to its end, against what was sent to it. What was
/// acknowledged is read once, at its offset; what was sent and not acknowledged is read once or not at all; all of it in the order of
/// sending; and nothing else is read.
/// </summary>
internal static class DeliveryCheck
{
    /// <param name="sent">By number, where each record was acknowledged; null for one that was not.</param>
    public static IEnumerable<string> Faults(IReadOnlyList<long?> sent, IEnumerable<ReadRecord> reads)
    {
        var readAt = new long?[sent.Count];
        var last = new ReadRecord(-1, -1);
        foreach (var read in reads)
        {
            if (read.Offset <= last.Offset)
                yield return $"offset {read.Offset} is read behind offset {last.Offset}";
            if (read.Number < 0 || read.Number >= sent.Count)
            {
                yield return $"at offset {read.Offset} there is a record that was never sent";
                last = last with { Offset = read.Offset };
                continue;
            }
            if (readAt[read.Number] is { } before)
                yield return $"record {read.Number} is read at offset {before} and again at {read.Offset}";
            else if (read.Number < last.Number)
                yield return $"record {read.Number} at offset {read.Offset} is read behind record {last.Number}";
            if (sent[read.Number] is { } acknowledged && acknowledged != read.Offset)
                yield return $"record {read.Number} was acknowledged at offset {acknowledged} and is read at {read.Offset}";
            readAt[read.Number] = read.Offset;
            last = read;
        }
        for (var number = 0; number < sent.Count; number++)
        {
            if (sent[number] is { } acknowledged && readAt[number] is null)
                yield return $"record {number}, acknowledged at offset {acknowledged}, is lost";
        }
    }
}
