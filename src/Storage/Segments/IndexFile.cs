using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// A file of entries of one size in rising order of their first field: what <see cref="OffsetIndex"/> and <see cref="TimeIndex"/> have in
/// common. The active segment's content is kept in memory and written through; an older segment's is searched in the file. Written by the
/// partition's loop, searched from any thread: a search works on one content object whose first entries never change, and a truncation
/// makes a new one. Not preallocated, so its length is always that of its entries.
/// </summary>
internal sealed class IndexFile
{
    private const int FirstCapacityEntries = 64;

    private readonly int entryBytes;
    private readonly int keyBytes;
    private volatile Content? content;
    private volatile int fileCount;

    public IndexFile(IDiskFile file, int entryBytes, int keyBytes, int maxBytes)
    {
        (File, this.entryBytes, this.keyBytes) = (file, entryBytes, keyBytes);
        CountMax = maxBytes / entryBytes;
        fileCount = (int)(file.Length / entryBytes);
        HasWholeEntries = file.Length % entryBytes == 0;
    }

    public IDiskFile File { get; }
    /// <summary>How many entries the setting allows.</summary>
    public int CountMax { get; }
    /// <summary>False when the file was found with a cut entry at its end.</summary>
    public bool HasWholeEntries { get; }
    public int Count => content is { } loaded ? loaded.Count : fileCount;

    /// <summary>Takes the content into memory: the segment is the active one.</summary>
    public void Load()
    {
        if (content is not null)
            return;
        var loaded = new Content(new byte[Math.Max(fileCount, FirstCapacityEntries) * entryBytes], fileCount);
        Invariant.Holds(File.Read(0, loaded.Bytes.AsSpan(0, fileCount * entryBytes)) == fileCount * entryBytes);
        content = loaded;
    }

    /// <summary>Drops the content from memory: the segment takes no more appends.</summary>
    public void Unload()
    {
        fileCount = Count;
        content = null;
    }

    public void Append(ReadOnlySpan<byte> entry)
    {
        Load();
        var loaded = content!;
        File.Write((long)loaded.Count * entryBytes, entry);
        if ((loaded.Count + 1) * entryBytes > loaded.Bytes.Length)
            content = loaded = loaded.Grown();
        entry.CopyTo(loaded.Bytes.AsSpan(loaded.Count * entryBytes));
        loaded.Count++;
        fileCount = loaded.Count;
    }

    public void Truncate(int count)
    {
        if (count >= Count && HasWholeEntries)
            return;
        count = Math.Min(count, Count);
        if (content is { } loaded)
            content = loaded.CutTo(count);
        fileCount = count;
        File.SetLength((long)count * entryBytes);
    }

    /// <summary>The place of the last entry whose key is at most this; −1 when there is none. Copies that entry.</summary>
    public int FindLastAtMost(long key, Span<byte> entry)
    {
        var loaded = content;
        var (low, high) = (0, loaded?.Count ?? fileCount);
        // A search in the file reads through a reference, because the segment may be deleted meanwhile.
        if (loaded is null && !File.TryAddReference())
            return -1;
        try
        {
            while (low < high)
            {
                var middle = (int)(((uint)low + (uint)high) / 2);
                if (!TryRead(loaded, middle, entry))
                    return -1;
                if (KeyOf(entry) <= key)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low > 0 && TryRead(loaded, low - 1, entry) ? low - 1 : -1;
        }
        finally
        {
            if (loaded is null)
                File.Release();
        }
    }

    /// <summary>Copies the last entry; false when there is none.</summary>
    public bool TryReadLast(Span<byte> entry) => FindLastAtMost(long.MaxValue, entry) >= 0;

    private bool TryRead(Content? loaded, int place, Span<byte> entry)
    {
        if (loaded is null)
            return File.Read((long)place * entryBytes, entry[..entryBytes]) == entryBytes;
        loaded.Bytes.AsSpan(place * entryBytes, entryBytes).CopyTo(entry);
        return true;
    }

    private long KeyOf(ReadOnlySpan<byte> entry)
        => keyBytes == sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(entry) : BinaryPrimitives.ReadInt64BigEndian(entry);

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
