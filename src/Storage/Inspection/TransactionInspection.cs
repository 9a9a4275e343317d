using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Follows the transactions of a partition from segment to segment and holds each <c>.txnindex</c> against the abort markers of its
/// segment: an entry for each that ends a transaction with records, and none besides. Tells the first thing that is wrong with a file.
/// </summary>
/// <param name="isWholeLog">Whether the first segment is the first that the log ever had, so that no transaction began before it.</param>
internal sealed class TransactionInspection(InspectionOptions options, string directory, bool isWholeLog) : IDisposable
{
    /// <summary>First offsets by producer id.</summary>
    private readonly Dictionary<long, long> open = [];
    private EntryReader? entries;
    private AbortedTransaction entry;
    private bool hasEntry, isOver;
    private string path = "";

    /// <summary>Offsets are missing between batches, so compaction may have taken the records of a transaction.</summary>
    public bool HasHoles { get; set; }

    public void BeginSegment(long baseOffset)
    {
        Dispose();
        path = Path.Combine(directory, LogFileNames.OfOffset(baseOffset, LogFileNames.TxnIndexSuffix));
        (hasEntry, isOver, entry) = (false, false, new AbortedTransaction(-1, -1, baseOffset - 1, -1));
        if (!options.Disk.FileExists(path))
            return;
        entries = new EntryReader(options.Disk.Open(path, DiskOpenMode.ReadOnly), AbortedTransaction.EntryBytes);
        if (entries.CutBytes > 0)
            Damage($"its length is no multiple of {AbortedTransaction.EntryBytes}");
        Next();
    }

    /// <summary>A sound batch of the log; all its bytes are given where it is a control batch.</summary>
    public void Visit(RecordBatch batch)
    {
        if (!batch.HasProducerId || !batch.IsTransactional)
            return;
        var producerId = batch.Producer.ProducerId;
        if (!batch.IsControl)
            open.TryAdd(producerId, batch.BaseOffset);
        else if (ControlRecord.TryRead(batch, out var control) && control.EndsTransaction)
        {
            var firstOffset = open.Remove(producerId, out var first) ? first : -1;
            if (control.Type == ControlRecordType.Abort && !isOver)
                VisitAbort(producerId, firstOffset, batch.LastOffset);
        }
    }

    public void EndSegment()
    {
        if (hasEntry)
            Damage($"has an entry for offset {entry.LastOffset}, where no abort marker is");
    }

    /// <summary>The segment's batches are damaged, so its transactions are not known.</summary>
    public void StopSegment() => (isOver, hasEntry) = (true, false);

    public void Dispose()
    {
        entries?.Dispose();
        entries = null;
    }

    private void VisitAbort(long producerId, long firstOffset, long markerOffset)
    {
        if (hasEntry && entry.LastOffset < markerOffset)
            Damage($"has an entry for offset {entry.LastOffset}, where no abort marker is");
        else if (hasEntry && entry.LastOffset == markerOffset)
        {
            if (Disagreement(producerId, firstOffset, markerOffset) is { } fault)
                Damage(fault);
            else
                Next();
        }
        else if (firstOffset >= 0 && !isOver)
            Damage($"has no entry for the abort marker at offset {markerOffset}");
    }

    private string? Disagreement(long producerId, long firstOffset, long markerOffset)
    {
        if (entry.ProducerId != producerId)
            return $"says producer {entry.ProducerId} for the abort marker of {producerId} at offset {markerOffset}";
        if (entry.FirstOffset > markerOffset || firstOffset >= 0
            && (HasHoles ? entry.FirstOffset > firstOffset : entry.FirstOffset != firstOffset))
            return $"says first offset {entry.FirstOffset} for the transaction that ends at offset {markerOffset}";
        var stable = open.Count == 0 ? markerOffset + 1 : Math.Min(open.Values.Min(), markerOffset + 1);
        if (isWholeLog && !HasHoles ? entry.LastStableOffset != stable : entry.LastStableOffset > markerOffset + 1)
            return $"says last stable offset {entry.LastStableOffset} behind offset {markerOffset}";
        return null;
    }

    private void Next()
    {
        hasEntry = false;
        if (isOver || entries is null || !entries.MoveNext())
            return;
        var before = entry.LastOffset;
        if (!AbortedTransaction.TryRead(entries.Current, out entry))
            Damage("has an entry of another version than 0");
        else if (entry.LastOffset <= before)
            Damage("its entries do not rise");
        else
            hasEntry = true;
    }

    private void Damage(string what)
    {
        options.Report(new Finding(path, what)
        {
            Position = entries is { Number: >= 0 } ? entries.Position : null,
            Remedy = new RepairStep.RebuildTransactionIndexes(directory),
        });
        StopSegment();
    }
}
