namespace KafkaCompatBroker.Tests.Simulation.Compaction;

/// <summary>
/// The plain model of a compacted log: every record that was written, and what became of its transaction. What a reader with
/// read_committed must find of it is the last record of each key.
/// </summary>
internal sealed class CompactedTopic
{
    private readonly List<WrittenRecord> records = [];
    private readonly Dictionary<long, List<WrittenRecord>> open = [];
    private readonly HashSet<long> aborted = [];
    private readonly Dictionary<long, long> firstMetMs = [];

    public long EndOffset { get; private set; }

    public IReadOnlyList<WrittenRecord> Records => records;

    public bool HasOpenTransaction(long producerId) => open.ContainsKey(producerId);

    public void Write(IEnumerable<WrittenRecord> written)
    {
        foreach (var record in written)
        {
            Assert.Equal(EndOffset, record.Offset);
            EndOffset++;
            records.Add(record);
            if (record.ProducerId >= 0)
                (open.TryGetValue(record.ProducerId, out var begun) ? begun : open[record.ProducerId] = []).Add(record);
        }
    }

    /// <summary>A marker, which takes an offset.</summary>
    public void End(long producerId, bool isCommit)
    {
        EndOffset++;
        if (open.Remove(producerId, out var begun) && !isCommit)
            aborted.UnionWith(begun.Select(record => record.Offset));
    }

    /// <summary>A compaction that begins now may have met all that there is.</summary>
    public void Met(long nowMs)
    {
        foreach (var record in records)
            firstMetMs.TryAdd(record.Offset, nowMs);
    }

    /// <summary>The last record of each key below the offset, among those that were not aborted.</summary>
    public Dictionary<string, WrittenRecord> LastOfEachKey(long endOffset)
    {
        var last = new Dictionary<string, WrittenRecord>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            if (record.Offset < endOffset && !aborted.Contains(record.Offset))
                last[record.Key] = record;
        }
        return last;
    }

    public WrittenRecord? At(long offset) => records.Find(record => record.Offset == offset);

    public bool IsAborted(long offset) => aborted.Contains(offset);

    /// <summary>The first time at which a compaction can have met the record, in ms; null before.</summary>
    public long? FirstMetMs(long offset) => firstMetMs.TryGetValue(offset, out var timeMs) ? timeMs : null;
}
