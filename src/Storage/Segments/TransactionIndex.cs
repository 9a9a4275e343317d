namespace KafkaCompatBroker.Storage.Segments;

/// <summary>What a search of one segment's <see cref="TransactionIndex"/> came to.</summary>
internal enum AbortedSearch
{
    /// <summary>Later segments may have more.</summary>
    GoesOn,
    /// <summary>No later transaction that was aborted has records below the bound.</summary>
    Complete,
    /// <summary>The segment was deleted meanwhile, so what it had is not known.</summary>
    Gone,
}

/// <summary>
/// The <c>.txnindex</c> of a segment: the transactions whose abort markers lie in it, in the order of the markers. The file is there only
/// when there are any, and open only while it is read or written, as other indexes are. Changed by the log's writer; searched from any
/// thread, in entries that never change until the segment is cut. KIP-98.
/// </summary>
internal sealed class TransactionIndex
{
    private const int EntryBytes = AbortedTransaction.EntryBytes;
    /// <summary>How many entries one read of a search takes.</summary>
    private const int ReadEntries = 32;

    private readonly SegmentFiles files;
    private volatile int count;
    private volatile bool isClosed;

    /// <summary>Reads the file if there is one.</summary>
    public TransactionIndex(SegmentFiles files, long baseOffset)
    {
        this.files = files;
        IsSound = true;
        if (!files.HasTransactionIndex)
            return;
        var file = files.OpenTransactionIndex();
        try
        {
            IsSound = TryCount(file, baseOffset, out var found);
            count = IsSound ? found : 0;
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>False when the file is not what a segment with that base offset can have; then there are no entries.</summary>
    public bool IsSound { get; private set; }

    public int Count => count;

    /// <summary>True when the file was made for it, so that its name is yet to become durable.</summary>
    public bool Append(AbortedTransaction aborted)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        aborted.WriteTo(entry);
        var isNew = count == 0;
        var file = files.OpenTransactionIndex();
        try
        {
            file.Write((long)count * EntryBytes, entry);
        }
        finally
        {
            file.Release();
        }
        count++;
        return isNew;
    }

    /// <summary>
    /// Adds the transactions with records below <paramref name="upperBoundOffset"/> whose markers lie at <paramref name="fetchOffset"/> or
    /// later. On any thread.
    /// </summary>
    public AbortedSearch Search(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found)
    {
        var known = count;
        if (known == 0)
            return AbortedSearch.GoesOn;
        if (files.TryOpenTransactionIndex() is not { } file)
            return AbortedSearch.Gone;
        try
        {
            var result = Search(file, known, fetchOffset, upperBoundOffset, found);
            // The file may be another segment's by now, of the same name.
            return isClosed ? AbortedSearch.Gone : result;
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>All entries, read from the file.</summary>
    public List<AbortedTransaction> ReadAll()
    {
        var all = new List<AbortedTransaction>();
        Search(long.MinValue, long.MaxValue, all);
        return all;
    }

    /// <summary>Drops the transactions whose abort markers lie at the offset or after it.</summary>
    public void TruncateTo(long offset)
    {
        if (count == 0)
            return;
        var file = files.OpenTransactionIndex();
        try
        {
            var kept = FirstEndingAtOrAfter(file, count, offset);
            if (kept == count)
                return;
            count = kept;
            file.SetLength((long)kept * EntryBytes);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>
    /// Puts other entries in the place of these, so that a crash leaves the one or the other; does nothing when they are the same.
    /// </summary>
    public void Replace(List<AbortedTransaction> replacement)
    {
        if (IsSound && replacement.Count == count && replacement.SequenceEqual(ReadAll()))
            return;
        var bytes = new byte[replacement.Count * EntryBytes];
        for (var i = 0; i < replacement.Count; i++)
            replacement[i].WriteTo(bytes.AsSpan(i * EntryBytes));
        files.ReplaceTransactionIndex(bytes);
        (count, IsSound) = (replacement.Count, true);
    }

    public void Flush()
    {
        if (count == 0)
            return;
        var file = files.OpenTransactionIndex();
        try
        {
            file.Flush();
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>The segment is given up: from here on a file of this name may be another's.</summary>
    public void Close() => isClosed = true;

    private static AbortedSearch Search(
        IDiskFile file, int count, long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found)
    {
        Span<byte> entries = stackalloc byte[ReadEntries * EntryBytes];
        for (var next = FirstEndingAtOrAfter(file, count, fetchOffset); next < count;)
        {
            var wanted = entries[..(Math.Min(ReadEntries, count - next) * EntryBytes)];
            var read = file.Read((long)next * EntryBytes, wanted) / EntryBytes;
            for (var i = 0; i < read; i++)
            {
                AbortedTransaction.TryRead(wanted[(i * EntryBytes)..], out var aborted);
                if (aborted.FirstOffset < upperBoundOffset)
                    found.Add(aborted);
                if (aborted.LastStableOffset >= upperBoundOffset)
                    return AbortedSearch.Complete;
            }
            // The segment was cut meanwhile.
            if (read == 0)
                break;
            next += read;
        }
        return AbortedSearch.GoesOn;
    }

    private static int FirstEndingAtOrAfter(IDiskFile file, int count, long offset)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            if (file.Read((long)middle * EntryBytes, entry) == EntryBytes && AbortedTransaction.TryRead(entry, out var aborted)
                && aborted.LastOffset < offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static bool TryCount(IDiskFile file, long baseOffset, out int count)
    {
        count = 0;
        var length = file.Length;
        if (length % EntryBytes != 0)
            return false;
        Span<byte> entries = stackalloc byte[ReadEntries * EntryBytes];
        for (long position = 0, least = baseOffset; position < length;)
        {
            var wanted = entries[..(int)Math.Min(entries.Length, length - position)];
            if (file.Read(position, wanted) != wanted.Length)
                return false;
            for (var entry = wanted; !entry.IsEmpty; entry = entry[EntryBytes..])
            {
                if (!AbortedTransaction.TryRead(entry, out var aborted) || aborted.LastOffset < least)
                    return false;
                least = aborted.LastOffset + 1;
                count++;
            }
            position += wanted.Length;
        }
        return true;
    }
}
