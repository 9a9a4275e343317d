namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>One record of a batch, as spans into the batch's bytes.</summary>
public readonly ref struct Record
{
    internal Record(
        long offset, int offsetDelta, long timestamp, int sizeInBytes, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value,
        bool hasValue, int headerCount, ReadOnlySpan<byte> headerBytes)
    {
        (
            Offset, OffsetDelta, Timestamp, SizeInBytes, HasKey, HasValue,
            HeaderCount) = (offset, offsetDelta, timestamp, sizeInBytes, hasKey, hasValue, headerCount);
        Key = key;
        Value = value;
        HeaderBytes = headerBytes;
    }

    public long Offset { get; }
    public int OffsetDelta { get; }
    /// <summary>Milliseconds; −1 for none. In a LogAppendTime batch the batch's.</summary>
    public long Timestamp { get; }
    /// <summary>The record in the uncompressed batch, its length field included.</summary>
    public int SizeInBytes { get; }
    /// <summary>Empty when null: see <see cref="HasKey"/>.</summary>
    public ReadOnlySpan<byte> Key { get; }
    public bool HasKey { get; }
    /// <summary>Empty when null (a tombstone): see <see cref="HasValue"/>.</summary>
    public ReadOnlySpan<byte> Value { get; }
    public bool HasValue { get; }
    public int HeaderCount { get; }
    /// <summary>The headers as stored, after their count.</summary>
    public ReadOnlySpan<byte> HeaderBytes { get; }
    public RecordHeaderEnumerator Headers => new(HeaderBytes);
}

/// <summary>One header: its key is UTF-8, its value can be null.</summary>
public readonly ref struct RecordHeader(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool hasValue)
{
    public ReadOnlySpan<byte> Key { get; } = key;
    public ReadOnlySpan<byte> Value { get; } = value;
    public bool HasValue { get; } = hasValue;
}

/// <summary>Walks headers that <see cref="RecordEnumerator"/> has checked.</summary>
public ref struct RecordHeaderEnumerator(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public RecordHeader Current { get; private set; }

    public readonly RecordHeaderEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (rest.IsEmpty || !Varint.TryReadInt32(ref rest, out var keyLength))
            return false;
        var key = rest[..keyLength];
        rest = rest[keyLength..];
        if (!Varint.TryReadInt32(ref rest, out var valueLength))
            return false;
        var value = rest[..Math.Max(valueLength, 0)];
        rest = rest[value.Length..];
        Current = new RecordHeader(key, value, valueLength >= 0);
        return true;
    }
}
