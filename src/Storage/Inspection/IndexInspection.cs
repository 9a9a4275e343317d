using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Holds the <c>.index</c> or <c>.timeindex</c> of a segment against its batches, side by side with the walk over them. Tells the first
/// thing that is wrong, because the remedy is the same for all: another file. Where the batches themselves are damaged it stops, since the
/// indexes are then built anew in any case.
/// </summary>
internal abstract class IndexInspection : IDisposable
{
    private readonly InspectionOptions options;
    private readonly EntryReader? entries;
    private readonly RepairStep remedy;
    private readonly bool isActive;

    protected IndexInspection(InspectionOptions options, string directory, long baseOffset, string suffix, int entryBytes, bool isActive)
    {
        (this.options, this.isActive, BaseOffset) = (options, isActive, baseOffset);
        Path = System.IO.Path.Combine(directory, LogFileNames.OfOffset(baseOffset, suffix));
        remedy = new RepairStep.RebuildIndexes(directory, baseOffset);
        if (!options.Disk.FileExists(Path))
            return;
        entries = new EntryReader(options.Disk.Open(Path, DiskOpenMode.ReadOnly), entryBytes);
        if (entries.CutBytes > 0)
            Damage($"its length is no multiple of {entryBytes}", entries.Position);
    }

    protected string Path { get; }
    protected long BaseOffset { get; }
    protected ReadOnlySpan<byte> Entry => entries!.Current;
    protected bool HasEntry { get; private set; }
    /// <summary>Nothing more is looked at.</summary>
    protected bool IsOver { get; private set; }

    protected bool IsMissing => entries is null;

    /// <summary>Reads the first entry.</summary>
    public void Begin() => Next();

    public void Stop() => (IsOver, HasEntry) = (true, false);

    public void Dispose() => entries?.Dispose();

    /// <summary>Takes the entry's fields; what is wrong with it behind the one before, or null.</summary>
    protected abstract string? Take();

    /// <summary>To the next entry.</summary>
    protected void Next()
    {
        HasEntry = false;
        if (IsOver || entries is null || !entries.MoveNext())
            return;
        if (entries.IsZero && (entries.Number > 0 || !IsPossibleZero) && entries.OnlyZerosFollow())
        {
            TellOfUnwritten();
            return;
        }
        HasEntry = true;
        if (Take() is { } fault)
            Damage(fault);
    }

    /// <summary>Whether a first entry of zeros can be a real one.</summary>
    protected virtual bool IsPossibleZero => false;

    protected void Damage(string what) => Damage(what, entries is { Number: >= 0 } ? entries.Position : null);

    private void Damage(string what, long? position)
    {
        options.Report(new Finding(Path, what) { Position = position, Remedy = remedy });
        Stop();
    }

    /// <summary>Brokers preallocate the indexes of the active segment, and cut them when they roll it or end in order.</summary>
    private void TellOfUnwritten()
    {
        if (!isActive)
            Damage("zeros lie behind its last entry, which readers take for entries");
        else
            options.Report(new Finding(Path, "zeros lie behind its last entry: its broker did not end in order, or is running")
            {
                Kind = FindingKind.Note,
                Position = entries!.Position,
            });
        Stop();
    }
}

/// <summary>Each entry points at the start of a batch, and all batches before that end below the entry's offset.</summary>
internal sealed class OffsetIndexInspection(InspectionOptions options, string directory, long baseOffset, bool isActive)
    : IndexInspection(options, directory, baseOffset, LogFileNames.IndexSuffix, OffsetIndex.EntryBytes, isActive)
{
    private long offset = baseOffset - 1;
    private int position = -1;

    /// <summary>A batch begins at the position, behind one that ends before <paramref name="nextOffset"/>.</summary>
    public void Visit(long batchPosition, long nextOffset)
    {
        while (HasEntry && position <= batchPosition)
        {
            if (position < batchPosition)
                Damage($"points at position {position}, where no batch begins");
            else if (offset < nextOffset)
                Damage($"offset {offset} lies before position {position}");
            else
                Next();
        }
    }

    public void End(long nextOffset)
    {
        if (IsMissing)
            Damage("is missing");
        else if (HasEntry)
            Damage($"points at position {position}, where no batch begins");
        else if (!IsOver && offset >= nextOffset && position >= 0)
            Damage($"offset {offset} lies beyond the segment's end at {nextOffset}");
    }

    protected override string? Take()
    {
        var (before, positionBefore) = (offset, position);
        offset = BaseOffset + BinaryPrimitives.ReadInt32BigEndian(Entry);
        position = BinaryPrimitives.ReadInt32BigEndian(Entry[sizeof(int)..]);
        return offset > before && position > positionBefore ? null : "its entries do not rise";
    }
}

/// <summary>Each entry says the largest timestamp up to the batch that holds its offset.</summary>
internal sealed class TimeIndexInspection(InspectionOptions options, string directory, long baseOffset, bool isActive)
    : IndexInspection(options, directory, baseOffset, LogFileNames.TimeIndexSuffix, TimeIndex.EntryBytes, isActive)
{
    private long offset = baseOffset - 1;
    private long timestamp = -1;
    private long maxTimestamp = -1;
    /// <summary>Brokers of before 0.10.1 wrote no time indexes.</summary>
    private bool mayBeMissing = true;

    protected override bool IsPossibleZero => true;

    /// <summary>The next batch.</summary>
    public void Visit(RecordBatch header)
    {
        mayBeMissing &= header.IsLegacy;
        maxTimestamp = Math.Max(maxTimestamp, header.MaxTimestamp);
        while (HasEntry && offset <= header.LastOffset)
        {
            if (timestamp == maxTimestamp)
                Next();
            else
                Damage($"says timestamp {timestamp} at offset {offset}, and the batches up to there say {maxTimestamp}");
        }
    }

    public void End(long nextOffset)
    {
        if (IsMissing && !(mayBeMissing && nextOffset > BaseOffset))
            Damage("is missing");
        else if (HasEntry)
            Damage($"offset {offset} lies beyond the segment's end at {nextOffset}");
    }

    protected override string? Take()
    {
        var (before, timestampBefore) = (offset, timestamp);
        timestamp = BinaryPrimitives.ReadInt64BigEndian(Entry);
        offset = BaseOffset + BinaryPrimitives.ReadInt32BigEndian(Entry[sizeof(long)..]);
        return offset > before && timestamp > timestampBefore ? null : "its entries do not rise";
    }
}
