using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>Writes one frame in jute, ZooKeeper's encoding: big-endian numbers, lengths as int32, −1 for null.</summary>
internal sealed class JuteWriter
{
    private const int LengthBytes = 4;

    private readonly ArrayBufferWriter<byte> buffer = new();

    public JuteWriter() => Int32(0);

    /// <summary>What has been written, its length not counted.</summary>
    public int Length => buffer.WrittenCount - LengthBytes;

    /// <summary>The frame with its length in front.</summary>
    public byte[] ToFrame()
    {
        var frame = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, Length);
        return frame;
    }

    public void Boolean(bool value)
    {
        buffer.GetSpan(1)[0] = value ? (byte)1 : (byte)0;
        buffer.Advance(1);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(sizeof(int)), value);
        buffer.Advance(sizeof(int));
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(sizeof(long)), value);
        buffer.Advance(sizeof(long));
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

    public void Strings(IReadOnlyCollection<string> values)
    {
        Int32(values.Count);
        foreach (var value in values)
            String(value);
    }
}
