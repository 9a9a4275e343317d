using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// The <c>.timeindex</c> of a segment: largest timestamp so far → last offset of the batch that has it. Both rise strictly. One slot is
/// reserved so that a last entry fits when the segment ends. Threads as <see cref="IndexFile"/>.
/// </summary>
internal sealed class TimeIndex
{
    public const int EntryBytes = 12;

    private readonly IndexFile entries;
    private readonly long baseOffset;

    public TimeIndex(IndexPlace place, long baseOffset, int maxBytes)
    {
        entries = new IndexFile(place, EntryBytes, sizeof(long), maxBytes);
        this.baseOffset = baseOffset;
    }

    public IndexFile Entries => entries;
    public int Count => entries.Count;
    public bool IsFull => entries.Count >= entries.CountMax - 1;

    /// <summary>The last entry with at most this timestamp; (−1, base offset) when there is none.</summary>
    public TimestampMark LastAtMost(long timestamp)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        if (entries.FindLastAtMost(timestamp, entry) < 0)
            return new TimestampMark(-1, baseOffset);
        return new TimestampMark(
            BinaryPrimitives.ReadInt64BigEndian(entry), baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[sizeof(long)..]));
    }

    public TimestampMark Last => LastAtMost(long.MaxValue);

    /// <summary>Adds an entry unless the last one says as much already.</summary>
    public void MaybeAppend(long timestamp, long offset, bool mayTakeLastSlot = false)
    {
        var last = Last;
        if (timestamp <= last.Timestamp || timestamp < 0 || Count > 0 && offset <= last.Offset || IsFull && !mayTakeLastSlot)
            return;
        Span<byte> entry = stackalloc byte[EntryBytes];
        BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[sizeof(long)..], checked((int)(offset - baseOffset)));
        entries.Append(entry);
    }

    /// <summary>Drops the entries whose offset is this or more.</summary>
    public void TruncateTo(long offset)
    {
        while (Count > 0 && Last.Offset >= offset)
            entries.Truncate(Count - 1);
    }

    public bool IsSane() => entries.HasWholeEntries && Last.Offset >= baseOffset;
}
