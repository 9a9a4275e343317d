using System.Buffers;
using System.Buffers.Binary;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>Writes the store's files: little-endian numbers, strings and byte arrays with an int32 length, −1 for null.</summary>
internal sealed class StoreWriter : FieldWriter
{
    public ReadOnlySpan<byte> Written => Buffer.WrittenSpan;

    public int Length => Buffer.WrittenCount;

    public void Clear() => Buffer.ResetWrittenCount();

    public override void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Buffer.GetSpan(4), value);
        Buffer.Advance(4);
    }

    public override void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Buffer.GetSpan(8), value);
        Buffer.Advance(8);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => Buffer.Write(bytes);
}
