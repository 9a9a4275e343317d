using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>
/// One message of format 0 or 1, as spans into its bytes: offset, size, CRC-32, magic, attributes, in format 1 a timestamp, key and value.
/// Where the attributes name a codec, it is a wrapper, and its value is a compressed set of messages.
/// </summary>
public readonly ref struct LegacyMessage
{
    private const int KeyLengthInFormat0At = 18, KeyLengthInFormat1At = 26;

    private readonly RecordBatch header;

    private LegacyMessage(ReadOnlySpan<byte> bytes) => header = new RecordBatch(bytes);

    /// <summary>Of a wrapper, that of its last message. Within a wrapper of format 1 it is relative.</summary>
    public long Offset => header.BaseOffset;
    public sbyte Magic => header.Magic;
    /// <summary>Milliseconds; −1 in format 0.</summary>
    public long Timestamp => header.MaxTimestamp;
    public TimestampType TimestampType => header.TimestampType;
    public bool IsCompressed => header.IsCompressed;
    public bool HasValidCrc => header.HasValidCrc;
    /// <summary>Empty when null: see <see cref="HasKey"/>.</summary>
    public ReadOnlySpan<byte> Key { get; private init; }
    public bool HasKey { get; private init; }
    /// <summary>Empty when null: see <see cref="HasValue"/>.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }
    public bool HasValue { get; private init; }

    /// <summary>
    /// Reads a message whose bytes are all there, and nothing else. False when it is of another format or key and value do not fit into it;
    /// bytes behind them are passed over, as by Kafka.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LegacyMessage message)
    {
        message = default;
        if (bytes.Length < RecordBatch.LegacyHeaderBytes || new RecordBatch(bytes).Magic is not (0 or 1))
            return false;
        var rest = bytes[(new RecordBatch(bytes).Magic == 0 ? KeyLengthInFormat0At : KeyLengthInFormat1At)..];
        if (!TryReadBytes(ref rest, out var key, out var hasKey) || !TryReadBytes(ref rest, out var value, out var hasValue))
            return false;
        message = new LegacyMessage(bytes) { Key = key, HasKey = hasKey, Value = value, HasValue = hasValue };
        return true;
    }

    private static bool TryReadBytes(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> read, out bool isPresent)
    {
        read = default;
        isPresent = false;
        if (rest.Length < sizeof(int))
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        rest = rest[sizeof(int)..];
        if (length > rest.Length)
            return false;
        isPresent = length >= 0;
        read = rest[..Math.Max(length, 0)];
        rest = rest[read.Length..];
        return true;
    }
}
