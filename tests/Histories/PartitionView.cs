namespace KafkaCompatBroker.Tests.Histories;

/// <summary>One partition of a history: what was sent to it, what became of that, and which value was seen at which offset.</summary>
internal sealed class PartitionView
{
    private readonly TopicPartition partition;
    private readonly Dictionary<string, Sent> sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> sentCounts = new(StringComparer.Ordinal);
    private readonly List<Sent> acknowledged = [];
    /// <summary>Each value with the first who saw it there: by an acknowledgement, or by reading.</summary>
    private readonly SortedDictionary<long, (string Value, string Client)> seen = [];
    private readonly HashSet<long> read = [];
    private readonly HashSet<string> readValues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ReaderRun>> readers = new(StringComparer.Ordinal);
    private readonly List<Anomaly> found = [];
    private readonly Func<string, bool> isCommitted;
    private long readTo;

    /// <param name="isCommitted">Whether a transaction was committed for certain.</param>
    public PartitionView(TopicPartition partition, IEnumerable<PartitionEvent> events, Func<string, bool> isCommitted)
    {
        (this.partition, this.isCommitted) = (partition, isCommitted);
        foreach (var happened in events)
            Take(happened);
    }

    public IEnumerable<Anomaly> Anomalies(bool isWhole)
        => found
            .Concat(StoredRecords.Anomalies(partition, seen.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Value)), Find))
            .Concat(Missing(isWhole))
            .Concat(FailedButRead())
            .Concat(Skipped());

    private void Take(PartitionEvent happened)
    {
        switch (happened)
        {
            case ProduceAttempted(var client, _, _, var value, var mayRepeat, var transaction):
                var number = sentCounts[client] = sentCounts.GetValueOrDefault(client) + 1;
                sent.Add(value, new Sent(value, client, number, mayRepeat ? int.MaxValue : 1, transaction));
                break;
            case ProduceAcknowledged(var client, _, _, var value, var offset):
                var record = sent[value];
                record.Offset = offset;
                acknowledged.Add(record);
                See(offset, value, client);
                break;
            case ProduceFailed(_, _, _, var value, var error):
                sent[value].Error = error;
                break;
            case ProduceUnknown:
                break;
            case ReadFrom(var client, _, _, var offset):
                RunsOf(client).Add(new ReaderRun(offset));
                break;
            case RecordRead(var client, _, _, var offset, var value):
                Read(client, offset, value);
                break;
            default:
                throw new ArgumentException($"the check does not know {happened}");
        }
    }

    private void Read(string client, long offset, string value)
    {
        var run = RunsOf(client)[^1];
        if (offset < run.Position)
            found.Add(new(
                AnomalyKind.NonMonotonic, partition, $"{client} read offset {offset} ('{value}') having come to {run.Position}"));
        run.Offsets.Add(offset);
        run.Position = Math.Max(run.Position, offset + 1);
        readTo = Math.Max(readTo, offset + 1);
        read.Add(offset);
        readValues.Add(value);
        See(offset, value, client);
    }

    private void See(long offset, string value, string client)
    {
        if (!seen.TryAdd(offset, (value, client)) && seen[offset] is var first && first.Value != value)
            found.Add(new(
                AnomalyKind.Inconsistent, partition, $"offset {offset} is '{first.Value}' to {first.Client} and '{value}' to {client}"));
    }

    private IEnumerable<Anomaly> Missing(bool isWhole)
    {
        foreach (var record in acknowledged.Where(record => !readValues.Contains(record.Value) && IsBinding(record)))
        {
            var promise = $"'{record.Value}', acknowledged at offset {record.Offset},";
            if (record.Offset < readTo)
                yield return new(AnomalyKind.Lost, partition, $"{promise} is not there, and offsets up to {readTo - 1} were read");
            else if (isWhole)
                yield return new(AnomalyKind.Unseen, partition, $"{promise} was not read; readers came to {readTo}");
        }
    }

    /// <summary>What is acknowledged within a transaction is promised only once that is committed.</summary>
    private bool IsBinding(Sent record) => record.Transaction is not { } transaction || isCommitted(transaction);

    private IEnumerable<Anomaly> FailedButRead()
        => sent.Values.Where(record => record.Error is not null && readValues.Contains(record.Value)).Select(record => new Anomaly(
            AnomalyKind.FailedButRead, partition, $"'{record.Value}' was refused with {record.Error}, and was read"));

    private IEnumerable<Anomaly> Skipped()
    {
        long[] known = [.. read.Order()];
        foreach (var (client, runs) in readers)
        {
            foreach (var run in runs)
            {
                var at = FirstFrom(known, run.Start);
                var seenByRun = run.Offsets.ToHashSet();
                for (; at < known.Length && known[at] < run.Position; at++)
                {
                    if (!seenByRun.Contains(known[at]))
                        yield return new(
                            AnomalyKind.Skipped, partition, $"{client} came to {run.Position} without offset {known[at]}, which is "
                                + $"'{seen[known[at]].Value}' to {seen[known[at]].Client}");
                }
            }
        }
    }

    private static int FirstFrom(long[] sorted, long offset)
    {
        var index = Array.BinarySearch(sorted, offset);
        return index < 0 ? ~index : index;
    }

    private List<ReaderRun> RunsOf(string client)
    {
        if (!readers.TryGetValue(client, out var runs))
            readers.Add(client, runs = []);
        return runs;
    }

    private Sent? Find(string value) => sent.GetValueOrDefault(value);

    private sealed class Sent(string value, string producer, int number, int copiesMax, string? transaction) : ISentRecord
    {
        public string Value => value;
        public string Producer => producer;
        public int Number => number;
        public int CopiesMax => copiesMax;
        public string? Transaction => transaction;

        /// <summary>Where it was acknowledged, if it was.</summary>
        public long Offset { get; set; }

        /// <summary>Why it was refused for good; null when it was not.</summary>
        public string? Error { get; set; }
    }

    /// <summary>A reader between two beginnings.</summary>
    private sealed class ReaderRun(long start)
    {
        public long Start { get; } = start;

        /// <summary>The least offset that may come next.</summary>
        public long Position { get; set; } = start;

        public List<long> Offsets { get; } = [];
    }
}
