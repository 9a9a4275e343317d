using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// A file of entries of one size in rising order of their first field: what <see cref="OffsetIndex"/> and <see cref="TimeIndex"/> have in
/// common. Open only while it is read or written, so that a partition costs one file descriptor and not three. The active segment's content
/// is in memory, and what is new of it is written when the segment is flushed or ends; a crash before that has the segment read through,
/// and its indexes written anew. An older segment's content is searched in the file. Changed by the partition's loop, searched from any
/// thread: a search works on one content object whose first entries never change, and a truncation makes a new one. Not preallocated, so
/// its length is always that of its entries.
/// </summary>
internal sealed class IndexFile
{
    private const int FirstCapacityEntries = 64;

    private readonly IndexPlace place;
    private readonly int entryBytes;
    private readonly int keyBytes;
    private volatile Content? content;
    private volatile int fileCount;
    /// <summary>The content in memory is the index, and the file holds another.</summary>
    private bool isBuiltAnew;
    private volatile bool isClosed;

    public IndexFile(IndexPlace place, int entryBytes, int keyBytes, int maxBytes)
    {
        (this.place, this.entryBytes, this.keyBytes) = (place, entryBytes, keyBytes);
        CountMax = maxBytes / entryBytes;
        var length = place.OpenOrMake().Use(file => file.Length);
        fileCount = (int)(length / entryBytes);
        HasWholeEntries = length % entryBytes == 0;
    }

    /// <summary>How many entries the setting allows.</summary>
    public int CountMax { get; }
    /// <summary>False when the file was found with a cut entry at its end.</summary>
    public bool HasWholeEntries { get; }
    public int Count => content is { } loaded ? loaded.Count : fileCount;
    public long SizeInBytes => (long)Count * entryBytes;

    /// <summary>Takes the content into memory: the segment is the active one.</summary>
    public void Load()
    {
        if (content is not null)
            return;
        var loaded = new Content(new byte[Math.Max(fileCount, FirstCapacityEntries) * entryBytes], fileCount);
        var bytes = fileCount * entryBytes;
        if (bytes > 0)
            Invariant.Holds(place.Open().Use(file => file.Read(0, loaded.Bytes.AsSpan(0, bytes))) == bytes);
        content = loaded;
    }

    /// <summary>Drops the content from memory, written: the segment takes no more appends.</summary>
    public void Unload()
    {
        Write(andFlush: false);
        content = null;
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        Load();
        var loaded = content!;
        if ((loaded.Count + 1) * entryBytes > loaded.Bytes.Length)
            content = loaded = loaded.Grown();
        entry.CopyTo(loaded.Bytes.AsSpan(loaded.Count * entryBytes));
        loaded.Count++;
    }

    /// <summary>Writes what is in memory only.</summary>
    /// <param name="andFlush">Also makes the file durable.</param>
    public void Write(bool andFlush)
    {
        var loaded = content;
        var count = loaded?.Count ?? fileCount;
        if (count == fileCount && !andFlush && !isBuiltAnew)
            return;
        place.Open().Use(file =>
        {
            if (isBuiltAnew)
                WriteUnlessHeld(file, loaded!.Bytes.AsSpan(0, count * entryBytes));
            else if (count > fileCount)
                file.Write((long)fileCount * entryBytes, loaded!.Bytes.AsSpan(fileCount * entryBytes, (count - fileCount) * entryBytes));
            if (andFlush)
                file.Flush();
            return 0;
        });
        (fileCount, isBuiltAnew) = (count, false);
    }

    /// <summary>
    /// Empties the index in memory, to be built anew. The file is written once that is done, and only when it holds something else: of a
    /// thousand logs that a killed broker has left, nearly all have their indexes.
    /// </summary>
    public void BeginAnew()
    {
        content = new Content(new byte[FirstCapacityEntries * entryBytes], 0);
        isBuiltAnew = fileCount > 0 || !HasWholeEntries;
    }

    /// <summary>The segment is given up: from here on a file of this name may be another's.</summary>
    public void Close() => isClosed = true;

    public void Truncate(int count)
    {
        if (count >= Count && HasWholeEntries)
            return;
        count = Math.Min(count, Count);
        if (content is { } loaded)
            content = loaded.CutTo(count);
        if (isBuiltAnew || count >= fileCount && HasWholeEntries)
            return;
        place.Open().Use(file =>
        {
            file.SetLength((long)count * entryBytes);
            return 0;
        });
        fileCount = count;
    }

    /// <summary>The place of the last entry whose key is at most this; −1 when there is none. Copies that entry.</summary>
    public int FindLastAtMost(long key, Span<byte> entry) => Find(key, fieldAt: 0, keyBytes, isAfter: false, entry);

    /// <summary>
    /// The place of the first entry whose second field, an int32 that rises as the key does, is at least this; −1 when there is none.
    /// Copies that entry.
    /// </summary>
    public int FindFirstWithValueAtLeast(int value, Span<byte> entry)
        => Find(value - 1L, fieldAt: keyBytes, sizeof(int), isAfter: true, entry);

    /// <summary>
    /// The place of the last entry whose field is at most the wanted, or of the one after it; −1 when there is none.
    /// </summary>
    private int Find(long wanted, int fieldAt, int fieldBytes, bool isAfter, Span<byte> entry)
    {
        if (content is { } loaded)
            return Find(loaded, null, loaded.Count, wanted, fieldAt, fieldBytes, isAfter, entry);
        // The segment may be deleted meanwhile; whoever searches walks its log from the start then.
        if (fileCount == 0 || place.TryOpen() is not { } file)
            return -1;
        try
        {
            var found = Find(null, file, fileCount, wanted, fieldAt, fieldBytes, isAfter, entry);
            return isClosed ? -1 : found;
        }
        finally
        {
            file.Release();
        }
    }

    private int Find(
        Content? loaded, IDiskFile? file, int count, long wanted, int fieldAt, int fieldBytes, bool isAfter, Span<byte> entry)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if (!TryRead(loaded, file, middle, entry))
                return -1;
            if (FieldOf(entry[fieldAt..], fieldBytes) <= wanted)
                low = middle + 1;
            else
                high = middle;
        }
        var number = isAfter ? low : low - 1;
        return number >= 0 && number < count && TryRead(loaded, file, number, entry) ? number : -1;
    }

    /// <summary>Copies the last entry; false when there is none.</summary>
    public bool TryReadLast(Span<byte> entry) => FindLastAtMost(long.MaxValue, entry) >= 0;

    private bool TryRead(Content? loaded, IDiskFile? file, int number, Span<byte> entry)
    {
        if (loaded is null)
            return file!.Read((long)number * entryBytes, entry[..entryBytes]) == entryBytes;
        loaded.Bytes.AsSpan(number * entryBytes, entryBytes).CopyTo(entry);
        return true;
    }

    private static void WriteUnlessHeld(IDiskFile file, ReadOnlySpan<byte> bytes)
    {
        var held = new byte[bytes.Length];
        if (file.Length == bytes.Length && file.Read(0, held) == bytes.Length && bytes.SequenceEqual(held))
            return;
        file.SetLength(0);
        file.Write(0, bytes);
    }

    private static long FieldOf(ReadOnlySpan<byte> field, int bytes)
        => bytes == sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(field) : BinaryPrimitives.ReadInt64BigEndian(field);

    private sealed class Content(byte[] bytes, int count)
    {
        private volatile int count = count;

        public byte[] Bytes { get; } = bytes;
        public int Count { get => count; set => count = value; }

        public Content Grown()
        {
            var larger = new byte[Bytes.Length * 2];
            Bytes.CopyTo(larger, 0);
            return new Content(larger, count);
        }

        public Content CutTo(int countKept) => new((byte[])Bytes.Clone(), countKept);
    }
}
