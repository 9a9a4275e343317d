using System.Buffers.Binary;
using System.Buffers.Text;

namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// A 128-bit id as Kafka's <c>Uuid</c>: two big-endian longs, written as 22 characters of URL-safe base64 without padding. KIP-516.
/// Zero means "no id"; zero and one are never given out, nor is an id whose text starts with '-'.
/// </summary>
public readonly record struct TopicId(ulong High, ulong Low)
{
    public static readonly TopicId Zero;

    public bool IsZero => High == 0 && Low == 0;

    /// <summary>A fresh random id (UUID version 4, as Java's <c>UUID.randomUUID</c>).</summary>
    public static TopicId Create(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        while (true)
        {
            random.NextBytes(bytes);
            bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
            var id = Read(bytes);
            if (id.ToString()[0] != '-')
                return id;
        }
    }

    public static TopicId Read(ReadOnlySpan<byte> bytes)
        => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
    }

    /// <summary>Reads the 22-character text; false when it is anything else.</summary>
    public static bool TryParse(string? text, out TopicId id)
    {
        id = Zero;
        if (text is not { Length: 22 } || !Base64Url.IsValid(text, out var decodedLength) || decodedLength != 16)
            return false;
        Span<byte> bytes = stackalloc byte[16];
        if (!Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != 16)
            return false;
        id = Read(bytes);
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        Write(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
