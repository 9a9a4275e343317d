using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Writes one batch of magic 2 record by record: for coordinators, for tests and wherever a batch's codec has to change. Offsets run from
/// <see cref="BaseOffset"/> on without a gap. Used by one thread; <see cref="Build"/> ends it.
/// </summary>
public sealed class RecordBatchBuilder
{
    private readonly ArrayBufferWriter<byte> records = new();
    private long baseTimestamp = -1;
    private long maxTimestamp = -1;

    /// <summary>Offset of the first record; producers send 0 and the leader assigns.</summary>
    public long BaseOffset { get; init; }
    public LeaderEpoch PartitionLeaderEpoch { get; init; } = LeaderEpoch.Unknown;
    public CompressionType CompressionType { get; init; }
    /// <summary>−1 is the codec's own default.</summary>
    public int CompressionLevel { get; init; } = RecordCompression.DefaultLevel;
    public TimestampType TimestampType { get; init; }
    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;
    public int BaseSequence { get; init; } = -1;
    public bool IsTransactional { get; init; }
    public bool IsControl { get; init; }

    public int RecordCount { get; private set; }

    /// <summary>Size of the batch so far, were it not compressed.</summary>
    public int SizeInBytes => RecordBatch.HeaderBytes + records.WrittenCount;

    /// <summary>Adds a record; a null value is a tombstone. Timestamp in ms, −1 for none.</summary>
    public void Append(long timestamp, byte[]? key, byte[]? value, IReadOnlyList<KeyValuePair<string, byte[]?>>? headers = null)
    {
        var headerBytes = new ArrayBufferWriter<byte>(16);
        foreach (var (name, content) in headers ?? [])
        {
            WriteBytes(headerBytes, System.Text.Encoding.UTF8.GetBytes(name), true);
            WriteBytes(headerBytes, content, content is not null);
        }
        Append(timestamp, key, key is not null, value, value is not null, headers?.Count ?? 0, headerBytes.WrittenSpan);
    }

    /// <summary>Adds a copy of a record of another batch; its offset becomes the next one here.</summary>
    public void Append(Record record)
        => Append(record.Timestamp, record.Key, record.HasKey, record.Value, record.HasValue, record.HeaderCount, record.HeaderBytes);

    /// <summary>The finished batch with its checksum, in memory of its own.</summary>
    public byte[] Build()
    {
        var content = records.WrittenSpan;
        if (CompressionType != CompressionType.None)
        {
            var compressed = new ArrayBufferWriter<byte>(content.Length / 2 + 64);
            RecordCompression.Compress(CompressionType, content, compressed, CompressionLevel);
            content = compressed.WrittenSpan;
        }
        var batch = new byte[RecordBatch.HeaderBytes + content.Length];
        content.CopyTo(batch.AsSpan(RecordBatch.HeaderBytes));
        WriteHeader(batch);
        return batch;
    }

    private void Append(
        long timestamp, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue, int headerCount,
        ReadOnlySpan<byte> headerBytes)
    {
        if (RecordCount == 0)
            baseTimestamp = timestamp;
        maxTimestamp = Math.Max(maxTimestamp, timestamp);
        records.Advance(RecordStart.Write(
            records.GetSpan(RecordStart.MaxBytes), timestamp - baseTimestamp, RecordCount, hasKey ? key.Length : -1,
            hasValue ? value.Length : -1, Varint.SizeOf(headerCount) + headerBytes.Length));
        records.Write(key);
        WriteBytes(records, value, hasValue);
        WriteVarint(records, headerCount);
        records.Write(headerBytes);
        RecordCount++;
    }

    private void WriteHeader(Span<byte> batch) => new RecordBatchHeader
    {
        BaseOffset = BaseOffset,
        PartitionLeaderEpoch = PartitionLeaderEpoch,
        CompressionType = CompressionType,
        TimestampType = TimestampType,
        IsTransactional = IsTransactional,
        IsControl = IsControl,
        BaseTimestamp = baseTimestamp,
        MaxTimestamp = maxTimestamp,
        Producer = Producer,
        BaseSequence = BaseSequence,
        RecordCount = RecordCount,
    }.Write(batch);

    private static void WriteBytes(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> bytes, bool present)
    {
        WriteVarint(target, present ? bytes.Length : -1);
        target.Write(bytes);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> target, long value)
        => target.Advance(Varint.Write(target.GetSpan(Varint.Int64MaxBytes), value));
}
