using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// The <c>.txnindex</c> of a segment: the transactions whose abort markers lie in it, in the order of the markers. The file is there only
/// when there are any. Touched only by the log's writer. KIP-98.
/// </summary>
internal sealed class TransactionIndex
{
    private const short Version = 0;
    private const int ProducerIdAt = 2, FirstOffsetAt = 10, LastOffsetAt = 18, LastStableOffsetAt = 26, EntryBytes = 34;

    private readonly SegmentFiles files;
    private IDiskFile? file;
    private List<AbortedTransaction> entries = [];

    /// <summary>Reads the file if there is one.</summary>
    public TransactionIndex(SegmentFiles files, long baseOffset)
    {
        this.files = files;
        file = files.OpenTransactionIndex();
        try
        {
            IsSound = file is null || TryRead(file, baseOffset, entries);
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>False when the file is not what a segment with that base offset can have; then there are no entries.</summary>
    public bool IsSound { get; private set; }
    public IReadOnlyList<AbortedTransaction> Entries => entries;

    public void Append(AbortedTransaction aborted)
    {
        file ??= files.CreateTransactionIndex();
        file.Write((long)entries.Count * EntryBytes, Encode([aborted]));
        entries.Add(aborted);
    }

    /// <summary>Drops the transactions whose abort markers lie at the offset or after it.</summary>
    public void TruncateTo(long offset)
    {
        if (entries.RemoveAll(aborted => aborted.LastOffset >= offset) > 0)
            file!.SetLength((long)entries.Count * EntryBytes);
    }

    /// <summary>
    /// Puts other entries in the place of these, so that a crash leaves the one or the other; does nothing when they are the same.
    /// </summary>
    public void Replace(List<AbortedTransaction> replacement)
    {
        if (IsSound && replacement.SequenceEqual(entries))
            return;
        Close();
        file = files.ReplaceTransactionIndex(Encode(replacement));
        (entries, IsSound) = (replacement, true);
    }

    public void Flush() => file?.Flush();

    public void Close()
    {
        file?.Release();
        file = null;
    }

    private static bool TryRead(IDiskFile file, long baseOffset, List<AbortedTransaction> entries)
    {
        var bytes = new byte[file.Length];
        if (bytes.Length % EntryBytes != 0 || file.Read(0, bytes) != bytes.Length)
            return false;
        var read = new List<AbortedTransaction>(bytes.Length / EntryBytes);
        for (ReadOnlySpan<byte> entry = bytes; !entry.IsEmpty; entry = entry[EntryBytes..])
        {
            var aborted = new AbortedTransaction(
                ProducerId: BinaryPrimitives.ReadInt64BigEndian(entry[ProducerIdAt..]),
                FirstOffset: BinaryPrimitives.ReadInt64BigEndian(entry[FirstOffsetAt..]),
                LastOffset: BinaryPrimitives.ReadInt64BigEndian(entry[LastOffsetAt..]),
                LastStableOffset: BinaryPrimitives.ReadInt64BigEndian(entry[LastStableOffsetAt..]));
            var least = read.Count == 0 ? baseOffset : read[^1].LastOffset + 1;
            if (BinaryPrimitives.ReadInt16BigEndian(entry) != Version || aborted.LastOffset < least)
                return false;
            read.Add(aborted);
        }
        entries.AddRange(read);
        return true;
    }

    private static byte[] Encode(IReadOnlyList<AbortedTransaction> transactions)
    {
        var bytes = new byte[transactions.Count * EntryBytes];
        var entry = bytes.AsSpan();
        foreach (var aborted in transactions)
        {
            BinaryPrimitives.WriteInt16BigEndian(entry, Version);
            BinaryPrimitives.WriteInt64BigEndian(entry[ProducerIdAt..], aborted.ProducerId);
            BinaryPrimitives.WriteInt64BigEndian(entry[FirstOffsetAt..], aborted.FirstOffset);
            BinaryPrimitives.WriteInt64BigEndian(entry[LastOffsetAt..], aborted.LastOffset);
            BinaryPrimitives.WriteInt64BigEndian(entry[LastStableOffsetAt..], aborted.LastStableOffset);
            entry = entry[EntryBytes..];
        }
        return bytes;
    }
}
