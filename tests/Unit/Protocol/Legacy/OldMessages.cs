using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Legacy;

/// <summary>
/// Messages of formats 0 and 1 as old clients write them, and as none should; laid out here once more, so that tests do not believe what
/// they test.
/// </summary>
internal static class OldMessages
{
    public const byte LogAppendTimeBit = 0x08;

    /// <summary>One message; a null key or value is none.</summary>
    public static byte[] Message(
        sbyte magic, long offset, string? value, string? key = "k", long timestamp = 1000, byte attributes = 0)
        => MessageOf(magic, offset, Bytes(key), Bytes(value), timestamp, attributes);

    public static byte[] MessageOf(sbyte magic, long offset, byte[]? key, byte[]? value, long timestamp, byte attributes)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write([(byte)magic, attributes]);
        if (magic > 0)
            Write(body, timestamp);
        foreach (var bytes in (byte[]?[])[key, value])
        {
            Write(body, bytes?.Length ?? -1);
            body.Write(bytes ?? []);
        }
        var message = new ArrayBufferWriter<byte>();
        Write(message, offset);
        Write(message, body.WrittenCount + sizeof(uint));
        Write(message, (int)Crc32.Append(0, body.WrittenSpan));
        message.Write(body.WrittenSpan);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>A message whose value is other messages, compressed.</summary>
    public static byte[] Wrapper(
        sbyte magic, CompressionType codec, byte[] messages, long offset, long timestamp = 1000, byte attributes = 0)
        => MessageOf(magic, offset, null, Compressed(codec, messages, magic), timestamp, (byte)(attributes | (byte)codec));

    /// <summary>
    /// Messages with offsets from 0 on, and times 5 ms apart, as a producer sends them: in one wrapper where there is a codec.
    /// </summary>
    public static byte[] Set(sbyte magic, CompressionType codec, int count, long timestamp = 1000, byte attributes = 0)
    {
        byte[] messages =
        [
            .. Enumerable.Range(0, count).SelectMany(
                index => Message(magic, index, $"value-{index}", $"key-{index}", timestamp + (5 * index), attributes)),
        ];
        return codec == CompressionType.None
            ? messages
            : Wrapper(magic, codec, messages, count - 1, timestamp + (5 * (count - 1)), attributes);
    }

    /// <summary>Messages from an offset on, as a broker of that time has stored them.</summary>
    public static byte[] Stored(sbyte magic, CompressionType codec, long offset, int count, long timestamp = 1000)
    {
        var isRelative = magic > 0 && codec != CompressionType.None;
        byte[] messages =
        [
            .. Enumerable.Range(0, count).SelectMany(index => Message(
                magic, isRelative ? index : offset + index, $"value-{offset + index}", $"key-{offset + index}", timestamp + (5 * index))),
        ];
        return codec == CompressionType.None
            ? messages
            : Wrapper(magic, codec, messages, offset + count - 1, timestamp + (5 * (count - 1)));
    }

    public static byte[] Compressed(CompressionType codec, byte[] bytes, sbyte magic = 1)
    {
        var compressed = new ArrayBufferWriter<byte>();
        RecordCompression.Compress(codec, bytes, compressed, isFormat0: magic == 0);
        return compressed.WrittenSpan.ToArray();
    }

    /// <summary>Makes the checksum of the one message fit what was changed.</summary>
    public static byte[] Sealed(byte[] message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), Crc32.Append(0, message.AsSpan(16)));
        return message;
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static void Write(ArrayBufferWriter<byte> output, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(sizeof(long)), value);
        output.Advance(sizeof(long));
    }

    private static void Write(ArrayBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), value);
        output.Advance(sizeof(int));
    }
}
