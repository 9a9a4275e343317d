using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Simulation.Recovery;

/// <summary>
/// What a log was told, kept outside it: every batch ever given to it by offset, the acknowledged ones in order, and how far it said that
/// it was durable.
/// </summary>
internal sealed class LogHistory
{
    private readonly HashSet<(long Offset, string Bytes)> everAppended = [];

    /// <summary>Acknowledged and not truncated since.</summary>
    public List<byte[]> Acknowledged { get; private set; } = [];
    public long LogEndOffset => Acknowledged.Count == 0 ? 0 : new RecordBatch(Acknowledged[^1]).NextOffset;
    /// <summary>All below has been fsynced and must survive everything.</summary>
    public long DurableOffset { get; private set; }
    /// <summary>Where a truncation that the crash may have interrupted was to cut; null when none was under way.</summary>
    public long? TruncatingTo { get; private set; }

    /// <summary>How many fewer batches than acknowledged the last check found; below 0 when unacknowledged ones came through.</summary>
    public int LastLostCount { get; private set; }

    public void Given(byte[] batch) => everAppended.Add((new RecordBatch(batch).BaseOffset, Convert.ToHexString(batch)));

    public void Acknowledge(byte[] batch)
    {
        Given(batch);
        Acknowledged.Add(batch);
    }

    public void BeginTruncation(long offset)
    {
        TruncatingTo = offset;
        DurableOffset = Math.Min(DurableOffset, offset);
    }

    public void EndTruncation()
    {
        Acknowledged.RemoveAll(batch => new RecordBatch(batch).NextOffset > TruncatingTo);
        TruncatingTo = null;
        DurableOffset = Math.Min(DurableOffset, LogEndOffset);
    }

    public void Durable(long offset)
        => DurableOffset = Math.Max(DurableOffset, Math.Min(Math.Min(offset, TruncatingTo ?? long.MaxValue), LogEndOffset));

    public bool WasGiven(byte[] batch) => everAppended.Contains((new RecordBatch(batch).BaseOffset, Convert.ToHexString(batch)));

    /// <summary>What came through a crash is what there is from now on.</summary>
    public void Survived(List<byte[]> batches)
    {
        LastLostCount = Acknowledged.Count - batches.Count;
        Acknowledged = batches;
        TruncatingTo = null;
        DurableOffset = Math.Min(DurableOffset, LogEndOffset);
    }
}
