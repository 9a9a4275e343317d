using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.Protocol.Wire;

/// <summary>
/// Builds one frame, or bare message bytes, as parts to send: pooled buffers, and between them file ranges, record bytes that are not
/// copied, and those that are yet to be made. Owns its buffers, the sources and one reference of each file slice until
/// <see cref="Dispose"/>, which the connection calls when the parts are sent or never will be. Used by one request at a time.
/// </summary>
public sealed class WireWriter : IDisposable
{
    private const int FirstBufferBytes = 1024;
    private const int BufferMaxBytes = 64 * 1024;
    /// <summary>Records up to this size are copied beside the header bytes, because a part of its own costs more.</summary>
    private const int CopiedRecordsMaxBytes = 4096;

    private readonly List<OutgoingPart> parts = [];
    private readonly List<byte[]> buffers = [];
    private Stack<(byte[] Buffer, int PartStart, int Position)>? enclosing;
    private byte[] buffer = [];
    private int partStart;
    private int position;
    private int closedLength;
    private byte[]? frameSize;
    private bool disposed;

    /// <summary>Bytes written, the frame's size field included.</summary>
    public int Length => closedLength + position - partStart;

    /// <summary>
    /// What the writer holds in memory; records in files, and those that are not copied, take none of it, and of those that are yet to be
    /// made it is what there is of them.
    /// </summary>
    public int BufferBytes { get; private set; }

    /// <summary>Reserves the size field at the start of the frame; <see cref="EndFrame"/> fills it in.</summary>
    public void BeginFrame()
    {
        Invariant.Holds(Length == 0);
        Reserve(sizeof(int)).Clear();
        frameSize = buffer;
    }

    public void EndFrame()
    {
        Invariant.Holds(frameSize is not null);
        BinaryPrimitives.WriteInt32BigEndian(frameSize, Length - sizeof(int));
        frameSize = null;
    }

    /// <summary>What was written, in order; valid until <see cref="Dispose"/>. Nothing may be written after.</summary>
    public IReadOnlyList<OutgoingPart> Parts
    {
        get
        {
            Invariant.Holds(!disposed && frameSize is null);
            ClosePart();
            return parts;
        }
    }

    /// <summary>Forgets what was written and keeps the writer usable: for an error in place of a half-written answer.</summary>
    public void Reset()
    {
        Release();
        buffer = [];
        partStart = position = closedLength = 0;
        frameSize = null;
        enclosing = null;
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Release();
    }

    /// <summary>Whether some parts are yet to be made.</summary>
    public bool HasSources { get; private set; }

    /// <summary>Copies all bytes out, file ranges and what is yet to be made included.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        var offset = 0;
        foreach (var part in Parts)
        {
            var target = bytes.AsSpan(offset, part.Length);
            if (part.IsFile)
                Invariant.Holds(part.File.File.Read(part.File.Position, target) == part.Length);
            else if (part.Source is { } source)
                Copy(source, target);
            else
                part.Memory.Span.CopyTo(target);
            offset += part.Length;
        }
        return bytes;
    }

    public void WriteBoolean(bool value) => Reserve(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Reserve(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Reserve(sizeof(short)), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(sizeof(ushort)), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(sizeof(uint)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(sizeof(long)), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Reserve(sizeof(double)), value);

    public void WriteUuid(TopicId value) => value.Write(Reserve(16));

    public void WriteUnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }
        Reserve(1)[0] = (byte)value;
    }

    public void WriteString(string value, bool flexible)
    {
        Invariant.Holds(value is not null);
        var length = Encoding.UTF8.GetByteCount(value);
        Invariant.Holds(length <= short.MaxValue);
        if (flexible)
            WriteUnsignedVarint((uint)length + 1);
        else
            WriteInt16((short)length);
        Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    public void WriteNullableString(string? value, bool flexible)
    {
        if (value is not null)
            WriteString(value, flexible);
        else if (flexible)
            WriteUnsignedVarint(0);
        else
            WriteInt16(-1);
    }

    public void WriteBytes(byte[] value, bool flexible)
    {
        Invariant.Holds(value is not null);
        WriteArrayLength(value.Length, flexible);
        WriteRaw(value);
    }

    public void WriteNullableBytes(byte[]? value, bool flexible)
    {
        if (value is not null)
            WriteBytes(value, flexible);
        else
            WriteArrayLength(-1, flexible);
    }

    public void WriteNullableRecords(RecordBytes? value, bool flexible)
    {
        if (value is { } records)
            WriteRecords(records, flexible);
        else
            WriteArrayLength(-1, flexible);
    }

    /// <summary>Takes over the reference of a file slice, or a source, whatever happens next.</summary>
    public void WriteRecords(RecordBytes value, bool flexible)
    {
        WriteArrayLength(value.Length, flexible);
        if (value.Slice is { } slice)
            AddPart(new OutgoingPart(slice));
        else if (value.Source is { } source)
            AddSource(source);
        else if (value.Length <= CopiedRecordsMaxBytes || enclosing is { Count: > 0 })
            WriteRaw(value.Memory.Span);
        else
            AddPart(new OutgoingPart(value.Memory));
    }

    /// <summary>The number of elements (or bytes) that follow; −1 stands for null.</summary>
    public void WriteArrayLength(int count, bool flexible)
    {
        if (flexible)
            WriteUnsignedVarint((uint)(count + 1));
        else
            WriteInt32(count);
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>Whether a nullable struct follows.</summary>
    public void WritePresence(bool present) => WriteInt8(present ? (sbyte)1 : (sbyte)-1);

    /// <summary>
    /// Starts a tagged field; its value is written next, then <see cref="EndTaggedField"/> puts tag, size and value into the message.
    /// </summary>
    public void BeginTaggedField(uint tag)
    {
        WriteUnsignedVarint(tag);
        enclosing ??= new Stack<(byte[], int, int)>();
        enclosing.Push((buffer, partStart, position));
        closedLength += position - partStart;
        (buffer, partStart, position) = (Rent(256), 0, 0);
    }

    public void EndTaggedField()
    {
        var value = buffer.AsSpan(0, position);
        (buffer, partStart, position) = enclosing!.Pop();
        closedLength -= position - partStart;
        WriteUnsignedVarint((uint)value.Length);
        WriteRaw(value);
    }

    /// <summary>What encoding throws for a value that the version cannot carry.</summary>
    public static InvariantViolation Lacks(string what, short version) => new($"{what} at version {version}");

    private Span<byte> Reserve(int length)
    {
        if (length > buffer.Length - position)
            Grow(length);
        var reserved = buffer.AsSpan(position, length);
        position += length;
        return reserved;
    }

    private void Grow(int length)
    {
        var size = Math.Max(length, Math.Clamp(buffer.Length * 2, FirstBufferBytes, BufferMaxBytes));
        if (enclosing is { Count: > 0 })
        {
            // A tagged field's value stays in one piece, because its size is written before it.
            var larger = Rent(Math.Max(position + length, buffer.Length * 2));
            buffer.AsSpan(0, position).CopyTo(larger);
            buffer = larger;
            return;
        }
        ClosePart();
        (buffer, partStart, position) = (Rent(size), 0, 0);
    }

    private void AddSource(IOutgoingSource source)
    {
        AddPart(new OutgoingPart(source));
        BufferBytes += source.HeldBytes;
        HasSources = true;
    }

    private static void Copy(IOutgoingSource source, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var piece = source.Next();
            piece.Span.CopyTo(target);
            target = target[piece.Length..];
        }
    }

    private void AddPart(OutgoingPart part)
    {
        Invariant.Holds(enclosing is not { Count: > 0 });
        ClosePart();
        parts.Add(part);
        closedLength = checked(closedLength + part.Length);
    }

    private void ClosePart()
    {
        if (position == partStart)
            return;
        parts.Add(new OutgoingPart(buffer.AsMemory(partStart, position - partStart)));
        closedLength += position - partStart;
        partStart = position;
    }

    private byte[] Rent(int size)
    {
        var rented = ArrayPool<byte>.Shared.Rent(size);
        buffers.Add(rented);
        BufferBytes += rented.Length;
        return rented;
    }

    private void Release()
    {
        foreach (var part in parts)
        {
            if (part.IsFile)
                part.File.File.Release();
            part.Source?.Dispose();
        }
        foreach (var rented in buffers)
            ArrayPool<byte>.Shared.Return(rented);
        parts.Clear();
        buffers.Clear();
        BufferBytes = 0;
        HasSources = false;
    }
}
