using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>Writes the store's files: little-endian numbers, strings and byte arrays with an int32 length, −1 for null.</summary>
internal sealed class StoreWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    public int Length => buffer.WrittenCount;

    public void Clear() => buffer.ResetWrittenCount();

    public void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    public void Bytes(byte[]? value)
    {
        Int32(value?.Length ?? -1);
        if (value is not null)
            buffer.Write(value);
    }

    public void String(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, buffer.GetSpan(length));
        buffer.Advance(length);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);
}
