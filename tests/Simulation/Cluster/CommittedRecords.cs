using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>
/// What is known of one partition from outside: what was sent and acknowledged, and what any replica has shown below its high watermark,
/// which from then on must be so on every replica for ever.
/// </summary>
internal sealed class CommittedRecords(TopicPartition name)
{
    private readonly List<string> seen = [];
    private readonly HashSet<string> sent = [];
    private readonly List<(string Value, long Offset)> acknowledged = [];
    private readonly Dictionary<(BrokerId, int Life), long> looked = [];
    private readonly Dictionary<(BrokerId, int Life, LeaderEpoch), long> leaderHighWatermarks = [];

    public int AcknowledgedCount => acknowledged.Count;

    public void Sent(string value) => sent.Add(value);

    public void Acknowledge(string value, long offset)
    {
        if (acknowledged.Count > 0 && acknowledged[^1].Offset >= offset)
            throw new Violation($"{name}: '{value}' was acknowledged at {offset}, behind {acknowledged[^1]}");
        acknowledged.Add((value, offset));
    }

    /// <summary>Looks at what one replica shows now.</summary>
    public void Look(ReplicaBroker broker, Partition partition)
    {
        var snapshot = partition.Snapshot;
        if (snapshot.Leadership.Log is not { } log)
            return;
        if (snapshot.Leadership.IsLeader)
        {
            var key = (broker.Id, broker.Life, snapshot.Leadership.LeaderEpoch);
            if (leaderHighWatermarks.GetValueOrDefault(key) > snapshot.HighWatermark)
                throw new Violation($"{name}: the high watermark of leader {key} went back to {snapshot.HighWatermark}");
            leaderHighWatermarks[key] = snapshot.HighWatermark;
        }
        var from = Math.Min(looked.GetValueOrDefault((broker.Id, broker.Life)), seen.Count);
        while (from < snapshot.HighWatermark)
        {
            var values = Values(ReplicaBroker.Bytes(log, from, snapshot.HighWatermark));
            foreach (var (offset, value) in values.Where(record => record.Offset >= from))
            {
                if (offset == seen.Count)
                    seen.Add(value);
                else if (offset > seen.Count || seen[(int)offset] != value)
                    throw new Violation(
                        $"{name}: broker {broker.Id} shows '{value}' at {offset}, where "
                        + (offset > seen.Count ? $"{seen.Count} was next" : $"'{seen[(int)offset]}' was committed"));
                from = offset + 1;
            }
            if (values.Count == 0)
                throw new Violation($"{name}: broker {broker.Id} has nothing at {from} below its high watermark {snapshot.HighWatermark}");
        }
        looked[(broker.Id, broker.Life)] = snapshot.HighWatermark;
    }

    /// <summary>At the end, with all records of a log that is the same everywhere.</summary>
    public void CheckAll(IReadOnlyList<(long Offset, string Value)> log)
    {
        var offsets = new Dictionary<string, long>();
        for (var index = 0; index < log.Count; index++)
        {
            var (offset, value) = log[index];
            if (offset != index)
                throw new Violation($"{name}: offset {offset} stands where {index} is next");
            if (!sent.Contains(value))
                throw new Violation($"{name}: '{value}' at {offset} was never sent");
            if (!offsets.TryAdd(value, offset))
                throw new Violation($"{name}: '{value}' is at {offsets[value]} and at {offset}");
        }
        for (var index = 0; index < seen.Count; index++)
        {
            if (index >= log.Count || log[index].Value != seen[index])
                throw new Violation($"{name}: '{seen[index]}' was committed at {index} and is gone");
        }
        foreach (var (value, offset) in acknowledged)
        {
            if (!offsets.TryGetValue(value, out var found) || found != offset)
                throw new Violation($"{name}: '{value}' was acknowledged at {offset} and is gone");
        }
    }

    public static List<(long Offset, string Value)> Values(ReadOnlySpan<byte> bytes)
    {
        var values = new List<(long, string)>();
        foreach (var batch in new RecordBatchEnumerator(bytes))
        {
            foreach (var record in batch.Records())
                values.Add((batch.BaseOffset + record.OffsetDelta, Encoding.UTF8.GetString(record.Value)));
        }
        return values;
    }
}
