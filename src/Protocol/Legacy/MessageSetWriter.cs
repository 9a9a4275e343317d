using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>
/// Writes records as messages of format 0 or 1: one behind the other, or, with a codec, into one wrapper, compressed while they come.
/// <see cref="Append"/> for each, then <see cref="End"/>; the output may not be used in between. Dispose gives back what it took.
/// </summary>
/// <param name="output">What is there already stays.</param>
/// <param name="magic">0 or 1.</param>
/// <param name="codec">Of the wrapper.</param>
/// <param name="logAppendTime">In ms, when the log gave all messages their time; −1 when they have their own.</param>
public sealed class MessageSetWriter(ArrayBufferWriter<byte> output, sbyte magic, CompressionType codec, long logAppendTime) : IDisposable
{
    /// <summary>The bytes before the key and those of the value's length.</summary>
    private const int Format0Bytes = 26, Format1Bytes = 34;
    private const int NullLength = -1;

    private readonly int start = output.WrittenCount;
    private RecordCompressor? compressor;
    private long firstOffset = -1, lastOffset = -1;
    private long maxTimestamp = -1;

    private int OverheadBytes => magic == 0 ? Format0Bytes : Format1Bytes;

    private bool HasWrapper => codec != CompressionType.None;

    /// <summary>Bytes that have reached the output: those of a wrapper come late.</summary>
    public int WrittenBytes => output.WrittenCount - start;

    /// <summary>Adds a record. Timestamp in ms, −1 for none.</summary>
    public void Append(long offset, long timestamp, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue)
    {
        if (firstOffset < 0)
            Begin(offset);
        lastOffset = offset;
        maxTimestamp = Math.Max(maxTimestamp, timestamp);
        var innerOffset = HasWrapper && magic > 0 ? offset - firstOffset : offset;
        Span<byte> head = stackalloc byte[Format1Bytes];
        head = head[..(OverheadBytes - sizeof(int))];
        Span<byte> valueLength = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt64BigEndian(head, innerOffset);
        BinaryPrimitives.WriteInt32BigEndian(
            head[RecordBatch.BatchLengthAt..], OverheadBytes + key.Length + value.Length - RecordBatch.LengthOverheadBytes);
        WriteFields(head, CompressionType.None, logAppendTime >= 0 ? logAppendTime : timestamp);
        BinaryPrimitives.WriteInt32BigEndian(head[^sizeof(int)..], hasKey ? key.Length : NullLength);
        BinaryPrimitives.WriteInt32BigEndian(valueLength, hasValue ? value.Length : NullLength);
        var crc = Crc32.Append(Crc32.Append(Crc32.Append(Crc32.Append(0, head[RecordBatch.MagicAt..]), key), valueLength), value);
        BinaryPrimitives.WriteUInt32BigEndian(head[RecordBatch.LegacyCrcAt..], crc);
        Write(head);
        Write(key);
        Write(valueLength);
        Write(value);
    }

    /// <summary>There are no more records. Without any nothing is written.</summary>
    public void End()
    {
        if (compressor is null)
            return;
        compressor.End();
        var wrapper = MemoryMarshal.AsMemory(output.WrittenMemory)[start..].Span;
        BinaryPrimitives.WriteInt64BigEndian(wrapper, lastOffset);
        BinaryPrimitives.WriteInt32BigEndian(wrapper[RecordBatch.BatchLengthAt..], wrapper.Length - RecordBatch.LengthOverheadBytes);
        WriteFields(wrapper, codec, logAppendTime >= 0 ? logAppendTime : maxTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(wrapper[(OverheadBytes - (2 * sizeof(int)))..], NullLength);
        BinaryPrimitives.WriteInt32BigEndian(wrapper[(OverheadBytes - sizeof(int))..], wrapper.Length - OverheadBytes);
        BinaryPrimitives.WriteUInt32BigEndian(wrapper[RecordBatch.LegacyCrcAt..], Crc32.Append(0, wrapper[RecordBatch.MagicAt..]));
    }

    public void Dispose() => compressor?.Dispose();

    private void Begin(long offset)
    {
        firstOffset = offset;
        if (!HasWrapper)
            return;
        output.GetSpan(OverheadBytes)[..OverheadBytes].Clear();
        output.Advance(OverheadBytes);
        compressor = new RecordCompressor(codec, RecordCompression.DefaultLevel, output, isFormat0: magic == 0);
    }

    private void WriteFields(Span<byte> message, CompressionType compressionType, long timestamp)
    {
        message[RecordBatch.MagicAt] = (byte)magic;
        message[RecordBatch.LegacyAttributesAt] = (byte)compressionType;
        if (magic == 0)
            return;
        message[RecordBatch.LegacyAttributesAt] |= logAppendTime >= 0 ? (byte)RecordBatch.LogAppendTimeBit : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(message[RecordBatch.LegacyTimestampAt..], timestamp);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (compressor is not null)
            compressor.Write(bytes);
        else
            output.Write(bytes);
    }
}
