using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// Walks batch headers in a stretch of a segment file, reading a bufferful at a time: small batches share a read, of large ones only the
/// header is read. Stops where no whole batch follows. Knows the offsets of formats 0 and 1 too, whose one offset is that of the last
/// record.
/// </summary>
internal ref struct BatchScanner(IDiskFile file, long position, long end, Span<byte> buffer)
{
    /// <summary>A buffer for a look-up: what one index interval holds.</summary>
    public const int BufferBytes = 4096;
    private const int LegacyHeaderBytes = 17;

    private readonly Span<byte> buffer = buffer;
    private long bufferPosition;
    private int bufferedBytes;

    /// <summary>Where the current batch begins; after the last one, where the whole batches end.</summary>
    public long Position { get; private set; } = position;
    public int SizeInBytes { get; private set; }
    /// <summary>The current batch's header, and as much of the rest as happens to be there.</summary>
    public readonly RecordBatch Header => new(buffer[(int)(Position - bufferPosition)..bufferedBytes]);
    public readonly bool IsCurrentFormat => Header.Magic == RecordBatch.CurrentMagic;
    public readonly long LastOffset => IsCurrentFormat ? Header.LastOffset : Header.BaseOffset;
    /// <summary>The checksum of a message of format 0 or 1: over all that follows it.</summary>
    public readonly uint LegacyCrc
        => BinaryPrimitives.ReadUInt32BigEndian(buffer[((int)(Position - bufferPosition) + RecordBatch.LengthOverheadBytes)..]);
    /// <summary>The largest timestamp of the current batch; −1 for the formats that are only passed over.</summary>
    public readonly long MaxTimestamp => IsCurrentFormat ? Header.MaxTimestamp : -1;

    public bool MoveNext()
    {
        Position += SizeInBytes;
        SizeInBytes = 0;
        var headerBytes = (int)Math.Min(RecordBatch.HeaderBytes, end - Position);
        if (headerBytes < LegacyHeaderBytes || !TryBuffer(headerBytes))
            return false;
        var header = Header;
        if (header.Magic is < 0 or > RecordBatch.CurrentMagic || header.BatchLength < RecordBatch.LeastBatchLength)
            return false;
        if (header.Magic == RecordBatch.CurrentMagic && header.BatchLength < RecordBatch.HeaderBytes - RecordBatch.LengthOverheadBytes)
            return false;
        if (header.BatchLength > end - Position - RecordBatch.LengthOverheadBytes)
            return false;
        SizeInBytes = header.SizeInBytes;
        return true;
    }

    private bool TryBuffer(int bytes)
    {
        if (Position >= bufferPosition && Position + bytes <= bufferPosition + bufferedBytes)
            return true;
        bufferPosition = Position;
        bufferedBytes = file.Read(Position, buffer[..(int)Math.Min(buffer.Length, end - Position)]);
        return bufferedBytes >= bytes;
    }
}
