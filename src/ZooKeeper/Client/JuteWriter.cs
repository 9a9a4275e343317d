using System.Buffers.Binary;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>Writes one frame in jute, ZooKeeper's encoding: big-endian numbers, lengths as int32, −1 for null.</summary>
internal sealed class JuteWriter : FieldWriter
{
    private const int LengthBytes = 4;

    public JuteWriter() => Int32(0);

    /// <summary>What has been written, its length not counted.</summary>
    public int Length => Buffer.WrittenCount - LengthBytes;

    /// <summary>The frame with its length in front.</summary>
    public byte[] ToFrame()
    {
        var frame = Buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, Length);
        return frame;
    }

    public void Boolean(bool value) => Byte(value ? (byte)1 : (byte)0);

    public override void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(Buffer.GetSpan(sizeof(int)), value);
        Buffer.Advance(sizeof(int));
    }

    public override void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(Buffer.GetSpan(sizeof(long)), value);
        Buffer.Advance(sizeof(long));
    }

    public void Strings(IReadOnlyCollection<string> values)
    {
        Int32(values.Count);
        foreach (var value in values)
            String(value);
    }
}
