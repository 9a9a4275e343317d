using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// The file of transactions since the last snapshot. It is a header and then frames: int32 length of the body, CRC-32C of length and body,
/// body (one or more transactions). One commit is one frame, flushed before the next is written, so only the last frame can be torn by a
/// crash: a bad frame with a good one behind it is damage. Owned by the store, used on its loop.
/// </summary>
internal sealed class Journal : IDisposable
{
    public const string FileName = "embedded-zookeeper.journal";
    private const int FrameHeaderBytes = 8;
    private static readonly byte[] header = "embedded zookeeper journal 1\n"u8.ToArray();

    private readonly IDisk disk;
    private readonly string path;
    private readonly StoreWriter frame = new();
    private IDiskFile file;

    private Journal(IDisk disk, string path, IDiskFile file)
    {
        (this.disk, this.path, this.file) = (disk, path, file);
        Length = header.Length;
    }

    /// <summary>Bytes from the start of the file to the end of the last whole frame.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// Opens the journal, made when absent, gives each transaction to <paramref name="replay"/> in order and cuts a torn last frame off.
    /// </summary>
    /// <exception cref="StoreCorrupt">A frame is bad and is not the torn last one, or a transaction does not fit.</exception>
    public static Journal Open(IDisk disk, string path, ILog log, Func<Transaction, bool> replay)
    {
        if (!disk.FileExists(path))
            disk.ReplaceAtomically(path, header);
        var bytes = disk.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(header))
            throw new StoreCorrupt(path, "does not start as a journal of the embedded ZooKeeper");
        var journal = new Journal(disk, path, disk.Open(path, DiskOpenMode.Existing));
        try
        {
            journal.Recover(bytes, log, replay);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Writes the transactions as one frame and flushes: when it returns they are durable.</summary>
    public void Commit(IReadOnlyList<Transaction> transactions)
    {
        frame.Clear();
        frame.Int64(0);
        foreach (var transaction in transactions)
            Write(frame, transaction);
        var bytes = frame.Written.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - FrameHeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Checksum(bytes.AsSpan(0, 4), bytes.AsSpan(FrameHeaderBytes)));
        file.Write(Length, bytes);
        file.Flush();
        Length += bytes.Length;
    }

    /// <summary>Starts over with no transaction, once a snapshot holds them all.</summary>
    public void Restart()
    {
        disk.ReplaceAtomically(path, header);
        file.Release();
        file = disk.Open(path, DiskOpenMode.Existing);
        Length = header.Length;
    }

    public void Dispose() => file.Release();

    private void Recover(byte[] bytes, ILog log, Func<Transaction, bool> replay)
    {
        var position = header.Length;
        while (TryReadFrame(bytes.AsSpan(position), out var body))
        {
            ReplayFrame(body, position, replay);
            position += FrameHeaderBytes + body.Length;
        }
        Length = position;
        if (position < bytes.Length)
            CutTail(bytes.AsSpan(position), log);
        // A process that was killed may have left the last frame unflushed, and the file's name or the snapshot's too. A power loss later
        // on would take them from under the frames that are written behind them now.
        file.Flush();
        disk.FlushDirectory(System.IO.Path.GetDirectoryName(path)!);
    }

    private void CutTail(ReadOnlySpan<byte> tail, ILog log)
    {
        if (HasFrameBehind(tail))
            throw new StoreCorrupt(path, $"damaged at byte {Length}: the frame there is bad, and good ones follow it");
        log.Warn("zookeeper", $"journal={path} torn tail cut at={Length} length={Length + tail.Length}");
        file.SetLength(Length);
    }

    private void ReplayFrame(ReadOnlySpan<byte> body, int position, Func<Transaction, bool> replay)
    {
        var reader = new StoreReader(body);
        while (!reader.IsAtEnd)
        {
            var transaction = Read(ref reader);
            if (reader.IsBroken || !replay(transaction))
                throw new StoreCorrupt(
                    path, $"damaged at byte {position}: transaction {transaction.Zxid} does not follow from what is before it");
        }
    }

    private static bool TryReadFrame(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (bytes.Length < FrameHeaderBytes)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length <= 0 || length > bytes.Length - FrameHeaderBytes)
            return false;
        body = bytes.Slice(FrameHeaderBytes, length);
        return Checksum(bytes[..4], body) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
    }

    // The length of a damaged frame cannot be trusted, so a good frame is looked for at every byte behind it.
    private static bool HasFrameBehind(ReadOnlySpan<byte> bytes)
    {
        for (var start = 1; start + FrameHeaderBytes < bytes.Length; start++)
        {
            if (TryReadFrame(bytes[start..], out _))
                return true;
        }
        return false;
    }

    private static uint Checksum(ReadOnlySpan<byte> length, ReadOnlySpan<byte> body) => Crc32C.Append(Crc32C.Compute(length), body);

    private static void Write(StoreWriter writer, Transaction transaction)
    {
        writer.Int64(transaction.Zxid);
        writer.Int64(transaction.TimeMs);
        writer.Int32(transaction.Changes.Count);
        foreach (var change in transaction.Changes)
        {
            writer.Byte((byte)change.Kind);
            writer.String(change.Path);
            if (change.Kind != ChangeKind.Delete)
                writer.Bytes(change.Data);
            if (change.Kind == ChangeKind.Create)
                writer.Int64(change.EphemeralOwner);
        }
    }

    private static Transaction Read(ref StoreReader reader)
    {
        var (zxid, timeMs, count) = (reader.Int64(), reader.Int64(), reader.Int32());
        var changes = new List<Change>();
        for (var index = 0; index < count && !reader.IsBroken; index++)
        {
            var kind = (ChangeKind)reader.Byte();
            var path = reader.String();
            var data = kind == ChangeKind.Delete ? null : reader.Bytes();
            changes.Add(new Change(kind, path, data, kind == ChangeKind.Create ? reader.Int64() : 0));
        }
        return new Transaction(zxid, timeMs, changes);
    }
}
