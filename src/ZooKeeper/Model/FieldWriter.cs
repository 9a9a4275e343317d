using System.Buffers;
using System.Text;

namespace KafkaCompatBroker.ZooKeeper.Model;

/// <summary>
/// Writes fields one behind the other: strings and byte arrays with an int32 length, −1 for null. The order of a number's bytes is the
/// format's.
/// </summary>
internal abstract class FieldWriter
{
    protected ArrayBufferWriter<byte> Buffer { get; } = new();

    public void Byte(byte value)
    {
        Buffer.GetSpan(1)[0] = value;
        Buffer.Advance(1);
    }

    public abstract void Int32(int value);

    public abstract void Int64(long value);

    public void Bytes(byte[]? value)
    {
        Int32(value?.Length ?? -1);
        if (value is not null)
            Buffer.Write(value);
    }

    public void String(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, Buffer.GetSpan(length));
        Buffer.Advance(length);
    }
}
