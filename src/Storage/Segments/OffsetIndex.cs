using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// The <c>.index</c> of a segment: last offset of a batch → where that batch begins in the <c>.log</c>. Sparse: a look-up gives the
/// place from which to walk batch headers. Threads as <see cref="IndexFile"/>.
/// </summary>
internal sealed class OffsetIndex
{
    public const int EntryBytes = 8;

    private readonly IndexFile entries;
    private readonly long baseOffset;

    public OffsetIndex(IndexPlace place, long baseOffset, int maxBytes)
    {
        entries = new IndexFile(place, EntryBytes, sizeof(int), maxBytes);
        this.baseOffset = baseOffset;
    }

    public IndexFile Entries => entries;
    public int Count => entries.Count;
    public bool IsFull => entries.Count >= entries.CountMax;

    /// <summary>A position at or before that of the batch holding the offset.</summary>
    public int PositionAtMost(long offset)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        return entries.FindLastAtMost(offset - baseOffset, entry) < 0 ? 0 : BinaryPrimitives.ReadInt32BigEndian(entry[sizeof(int)..]);
    }

    /// <summary>The offset of the first entry that points at the position or past it; null when there is none.</summary>
    public long? OffsetAtOrAfter(long position)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        return position <= int.MaxValue && entries.FindFirstWithValueAtLeast((int)position, entry) >= 0
            ? baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry)
            : null;
    }

    /// <summary>The last entry's position; 0 when there is none.</summary>
    public int LastPosition => PositionAtMost(long.MaxValue);

    /// <summary>The last entry's offset; below the segment's first when there is none.</summary>
    public long LastOffset
    {
        get
        {
            Span<byte> entry = stackalloc byte[EntryBytes];
            return entries.TryReadLast(entry) ? baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry) : baseOffset - 1;
        }
    }

    public void Append(long lastOffset, int position)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt32BigEndian(entry, checked((int)(lastOffset - baseOffset)));
        BinaryPrimitives.WriteInt32BigEndian(entry[sizeof(int)..], position);
        entries.Append(entry);
    }

    /// <summary>Drops the entries whose offset is this or more.</summary>
    public void TruncateTo(long offset)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        entries.Truncate(entries.FindLastAtMost(offset - 1 - baseOffset, entry) + 1);
    }

    /// <summary>Whether the file can be what its segment says: whole entries, the last one inside the log.</summary>
    public bool IsSane(long logBytes)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        if (!entries.HasWholeEntries)
            return false;
        return !entries.TryReadLast(entry)
            || BinaryPrimitives.ReadInt32BigEndian(entry) >= 0
                && BinaryPrimitives.ReadInt32BigEndian(entry[sizeof(int)..]) is var position && position >= 0 && position < logBytes;
    }
}
