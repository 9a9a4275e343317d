using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.Protocol.Wire;

/// <summary>
/// Reads one received frame. Every length is checked against the bytes that remain before anything is allocated for it, and elements of
/// arrays are counted, so that no frame costs more memory than its size justifies. Throws only <see cref="MalformedRequest"/>. As in Kafka,
/// any negative length is null.
/// </summary>
public ref struct WireReader
{
    /// <summary>
    /// About what an element of an array takes in memory beside its bytes: an object and its place in a list, and what it is answered with.
    /// </summary>
    private const int ElementBytes = 256;

    private readonly ReadOnlyMemory<byte> memory;
    private readonly ReadOnlySpan<byte> span;
    private int position;
    private readonly int maxElements;
    private int elementsLeft;

    public WireReader(ReadOnlyMemory<byte> memory, int maxElements = Limits.MessageElements)
    {
        this.memory = memory;
        span = memory.Span;
        elementsLeft = this.maxElements = maxElements;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => position;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => span.Length - position;

    /// <summary>About what the values read so far take in memory, with their answer.</summary>
    public readonly long DecodedBytes => position + (long)(maxElements - elementsLeft) * ElementBytes;

    public bool ReadBoolean() => Take(1)[0] != 0;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(sizeof(short)));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double)));

    public TopicId ReadUuid() => TopicId.Read(Take(16));

    /// <summary>At most five bytes of seven bits each, the lowest first. Bits past the 32nd are dropped, as Kafka drops them.</summary>
    public uint ReadUnsignedVarint()
    {
        uint value = 0;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            var part = Take(1)[0];
            value |= (uint)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
        throw new MalformedRequest("a varint of more than five bytes");
    }

    public string ReadString(bool flexible) => ReadNullableString(flexible) ?? throw Null("string");

    public string? ReadNullableString(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt16();
        if (length < 0)
            return null;
        if (length > short.MaxValue)
            throw new MalformedRequest($"a string of {length} bytes");
        // Bytes that are not UTF-8 become U+FFFD: Kafka serves such a client, and so do we.
        return Encoding.UTF8.GetString(Take(length));
    }

    public byte[] ReadBytes(bool flexible) => ReadNullableBytes(flexible) ?? throw Null("bytes");

    public byte[]? ReadNullableBytes(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt32();
        return length < 0 ? null : Take(length).ToArray();
    }

    public RecordBytes ReadRecords(bool flexible) => ReadNullableRecords(flexible) ?? throw Null("records");

    public RecordBytes? ReadNullableRecords(bool flexible)
    {
        var length = flexible ? ReadCompactLength() : ReadInt32();
        if (length < 0)
            return null;
        Take(length);
        return new RecordBytes(memory.Slice(position - length, length));
    }

    /// <summary>The number of elements that follow; an array that must not be null.</summary>
    /// <param name="flexible">Whether the length is a varint.</param>
    /// <param name="elementMinBytes">What one element takes at least.</param>
    public int ReadArrayLength(bool flexible, int elementMinBytes)
    {
        var count = ReadNullableArrayLength(flexible, elementMinBytes);
        return count >= 0 ? count : throw Null("array");
    }

    /// <summary>As <see cref="ReadArrayLength"/>; negative stands for null.</summary>
    public int ReadNullableArrayLength(bool flexible, int elementMinBytes)
    {
        var count = flexible ? ReadCompactLength() : ReadInt32();
        if (count < 0)
            return -1;
        if ((long)count * elementMinBytes > Remaining)
            throw new MalformedRequest($"an array of {count} elements in {Remaining} bytes");
        if (count > elementsLeft)
            throw new TooManyElements();
        elementsLeft -= count;
        return count;
    }

    /// <summary>Whether a nullable struct is there.</summary>
    public bool ReadPresence() => ReadInt8() >= 0;

    /// <summary>Starts a section of tagged fields. KIP-482.</summary>
    public TaggedFields ReadTaggedFields() => new(ReadUnsignedVarint());

    /// <summary>
    /// Steps to the next tagged field of a section; false at its end. The field before must have been read or skipped to its last byte.
    /// </summary>
    public bool NextTaggedField(ref TaggedFields fields)
    {
        if (fields.End >= 0 && position != fields.End)
            throw new MalformedRequest($"tagged field {fields.Tag} does not fill its size");
        if (fields.Left == 0)
            return false;
        fields.Left--;
        var tag = ReadUnsignedVarint();
        if (fields.End >= 0 && tag <= fields.Tag)
            throw new MalformedRequest($"tag {tag} after tag {fields.Tag}");
        var size = ReadUnsignedVarint();
        if (size > Remaining)
            throw new MalformedRequest($"tagged field {tag} of {size} bytes in {Remaining}");
        fields.Tag = tag;
        fields.End = position + (int)size;
        return true;
    }

    /// <summary>Skips a tagged field that the schema does not know.</summary>
    public void SkipTaggedField(in TaggedFields fields) => position = fields.End;

    /// <summary>Skips a whole section of tagged fields.</summary>
    public void SkipTaggedFields()
    {
        var fields = ReadTaggedFields();
        while (NextTaggedField(ref fields))
            SkipTaggedField(fields);
    }

    /// <summary>Where the reader stands in a section of tagged fields.</summary>
    public struct TaggedFields
    {
        internal TaggedFields(uint count)
        {
            Left = count;
            End = -1;
        }

        public uint Tag { readonly get; internal set; }
        internal uint Left;
        internal int End;
    }

    // The sum wraps as in Kafka: a varint of 2³¹ or more is a negative length, hence null.
    private int ReadCompactLength() => unchecked((int)ReadUnsignedVarint() - 1);

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > span.Length - position)
            throw new MalformedRequest($"{length} bytes wanted, {Remaining} left");
        var taken = span.Slice(position, length);
        position += length;
        return taken;
    }

    private static MalformedRequest Null(string what) => new($"null where the schema wants a value: {what}");
}
