using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// Walks batch headers in a stretch of a segment file, reading a bufferful at a time: small batches share a read, of large ones only the
/// header is read. Stops where no whole batch follows, of whatever format.
/// </summary>
internal ref struct BatchScanner(IDiskFile file, long position, long end, Span<byte> buffer)
{
    /// <summary>A buffer for a look-up: what one index interval holds.</summary>
    public const int BufferBytes = 4096;

    private readonly Span<byte> buffer = buffer;
    private long bufferPosition;
    private int bufferedBytes;

    /// <summary>Where the current batch begins; after the last one, where the whole batches end.</summary>
    public long Position { get; private set; } = position;
    public int SizeInBytes { get; private set; }
    /// <summary>The current batch's header, and as much of the rest as happens to be there.</summary>
    public readonly RecordBatch Header => new(buffer[(int)(Position - bufferPosition)..bufferedBytes]);

    public bool MoveNext()
    {
        Position += SizeInBytes;
        SizeInBytes = 0;
        var headerBytes = (int)Math.Min(RecordBatch.HeaderBytes, end - Position);
        if (headerBytes < RecordBatch.LegacyHeaderBytes || !TryBuffer(headerBytes))
            return false;
        var header = Header;
        if (!header.HasPossibleLength || header.BatchLength > end - Position - RecordBatch.LengthOverheadBytes)
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
