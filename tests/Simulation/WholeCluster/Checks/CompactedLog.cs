using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// What a log says that each broker compacts in its own time: the last committed value of each key, and where the log ends.
/// </summary>
internal static class CompactedLog
{
    /// <summary>A line for each key, in their order, and one for the end; the same for replicas that have the same records.</summary>
    public static List<string> Describe(byte[] log)
    {
        var last = new SortedDictionary<string, (long Offset, string? Value)>(StringComparer.Ordinal);
        var open = new Dictionary<long, List<(string Key, long Offset, string? Value)>>();
        var endOffset = 0L;
        foreach (var batch in new RecordBatchEnumerator(log))
        {
            endOffset = batch.NextOffset;
            var producerId = batch.Producer.ProducerId;
            if (!batch.IsControl)
            {
                var records = RecordsOf(batch);
                if (batch.IsTransactional)
                    (open.TryGetValue(producerId, out var known) ? known : open[producerId] = []).AddRange(records);
                else
                    Take(last, records);
            }
            else if (batch.RecordCount > 0 && ControlRecord.TryRead(batch, out var control) && open.Remove(producerId, out var ended)
                && control.Type == ControlRecordType.Commit)
            {
                Take(last, ended);
            }
        }
        // A tombstone may be gone, with the same meaning.
        return [
            .. last.Where(pair => pair.Value.Value is not null).Select(pair => $"{pair.Key} at {pair.Value.Offset}: {pair.Value.Value}"),
            $"ends at {endOffset}",
        ];
    }

    private static void Take(
        SortedDictionary<string, (long Offset, string? Value)> last, IEnumerable<(string Key, long Offset, string? Value)> records)
    {
        foreach (var (key, offset, value) in records)
        {
            if (!last.TryGetValue(key, out var known) || offset > known.Offset)
                last[key] = (offset, value);
        }
    }

    private static List<(string Key, long Offset, string? Value)> RecordsOf(RecordBatch batch)
    {
        var found = new List<(string Key, long Offset, string? Value)>();
        var records = batch.Records(batch.RecordsBytes);
        while (records.MoveNext())
        {
            var record = records.Current;
            found.Add((
                Convert.ToHexString(record.Key), record.Offset, record.HasValue ? Convert.ToHexString(record.Value) : null));
        }
        return found;
    }
}
