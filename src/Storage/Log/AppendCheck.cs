using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Judges the batches of a leader's append before anything is assigned or written: first all headers and checksums, then the records of
/// uncompressed batches one by one. Pure but for one thing: a batch's timestamp fields are made right where they lie, since the bytes are
/// the request's own. Allocates only for a refusal. Records inside compressed batches are looked at only when the topic's codec makes us
/// unfold them.
/// </summary>
internal readonly ref struct AppendCheck(TopicPartition partition, LogConfig config, AppendOrigin origin, long nowMs, long logStartOffset)
{
    private const int CodecCount = 5;

    /// <summary>Null when all is well; <paramref name="rebuild"/> says whether a batch's codec has to change.</summary>
    public LogAppendResult? Check(Span<byte> records, bool v2Only, out bool rebuild)
    {
        rebuild = false;
        if (CheckFraming(records, v2Only, out var batchCount) is { } badFraming)
            return badFraming;
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (CheckHeader(batch) is { } badHeader)
                return badHeader;
        }
        var batches = new RecordBatchEnumerator(records);
        while (batches.MoveNext())
        {
            if (CheckContent(records.Slice(batches.Position, batches.Current.SizeInBytes), batchCount) is { } badContent)
                return badContent;
            rebuild |= NeedsOtherCodec(batches.Current);
        }
        return null;
    }

    /// <summary>
    /// The batches in the topic's codec, in memory of their own; a refusal when one cannot be unfolded or has become too large.
    /// </summary>
    public LogAppendResult? Rebuild(ReadOnlySpan<byte> records, out Memory<byte> rebuilt)
    {
        var output = new ArrayBufferWriter<byte>(records.Length);
        rebuilt = default;
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (!NeedsOtherCodec(batch))
            {
                output.Write(batch.Bytes);
                continue;
            }
            var unfolded = new ArrayBufferWriter<byte>();
            if (!RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, Limits.DecompressedBatchBytes, out _))
                return Refused(KafkaError.InvalidRecord);
            if (CheckRecords(batch, batch.Records(unfolded.WrittenSpan), out _) is { } badRecords)
                return badRecords;
            var changed = RecordBatchCodec.Change(batch, unfolded.WrittenSpan, config.CompressionType!.Value, config.CompressionLevel);
            if (changed.Length > config.MessageMaxBytes)
                return LogAppendResult.Refused(KafkaError.MessageTooLarge);
            output.Write(changed);
        }
        rebuilt = output.WrittenSpan.ToArray();
        return null;
    }

    /// <summary>Whole batches of the current format, one of them where the request's version says so, and nothing after.</summary>
    private LogAppendResult? CheckFraming(ReadOnlySpan<byte> records, bool v2Only, out int batchCount)
    {
        batchCount = 0;
        while (!records.IsEmpty)
        {
            // What lies behind the one allowed batch, or is too short to be any, makes the request wrong; a length that cannot be makes the
            // batch corrupt.
            if (records.Length <= RecordBatch.MagicAt || v2Only && batchCount == 1)
                return LogAppendResult.Refused(KafkaError.InvalidRecord);
            var batch = new RecordBatch(records);
            if (batch.BatchLength < RecordBatch.LeastBatchLength)
                return LogAppendResult.Refused(KafkaError.CorruptMessage);
            if (batch.BatchLength > records.Length - RecordBatch.LengthOverheadBytes)
                return LogAppendResult.Refused(KafkaError.InvalidRecord);
            if (batch.Magic is < 0 or > RecordBatch.CurrentMagic)
                return LogAppendResult.Refused(KafkaError.CorruptMessage);
            if (batch.Magic < RecordBatch.CurrentMagic)
                return LogAppendResult.Refused(v2Only ? KafkaError.InvalidRecord : KafkaError.UnsupportedForMessageFormat);
            if (batch.BatchLength < RecordBatch.HeaderBytes - RecordBatch.LengthOverheadBytes)
                return LogAppendResult.Refused(KafkaError.CorruptMessage);
            batchCount++;
            records = records[batch.SizeInBytes..];
        }
        return batchCount == 0 ? LogAppendResult.Refused(KafkaError.InvalidRecord) : null;
    }

    private LogAppendResult? CheckHeader(RecordBatch batch)
    {
        if (origin == AppendOrigin.Client && batch.BaseOffset != 0)
            return Refused(KafkaError.InvalidRecord);
        if (batch.SizeInBytes > config.MessageMaxBytes)
            return LogAppendResult.Refused(KafkaError.MessageTooLarge);
        return batch.HasValidCrc ? null : LogAppendResult.Refused(KafkaError.CorruptMessage);
    }

    private LogAppendResult? CheckContent(Span<byte> bytes, int batchCount)
    {
        var batch = new RecordBatch(bytes);
        if (batch.RecordCount <= 0 || batch.LastOffsetDelta + 1L != batch.RecordCount || batch.CodecId >= CodecCount)
            return Refused(KafkaError.InvalidRecord);
        if (origin == AppendOrigin.Client && (batch.IsControl || batch.HasProducerId && (batch.BaseSequence < 0 || batchCount > 1)))
            return Refused(KafkaError.InvalidRecord);
        if (origin == AppendOrigin.Client && config.TimestampType == TimestampType.LogAppendTime
            && batch.TimestampType == TimestampType.LogAppendTime && batch.IsCompressed)
            return Refused(KafkaError.InvalidTimestamp);
        var maxTimestamp = batch.MaxTimestamp;
        if (batch.IsCompressed)
        {
            if (config.TimestampType == TimestampType.CreateTime && maxTimestamp != -1 && !IsInRange(maxTimestamp))
                return Refused(KafkaError.InvalidTimestamp);
        }
        else if (CheckRecords(batch, batch.Records(), out maxTimestamp) is { } badRecords)
            return badRecords;
        new MutableRecordBatch(bytes).SetMaxTimestamp(
            config.TimestampType, config.TimestampType == TimestampType.LogAppendTime ? nowMs : maxTimestamp);
        return null;
    }

    /// <summary>Each record's shape, its offset delta, its key where the topic is compacted, its timestamp.</summary>
    private LogAppendResult? CheckRecords(RecordBatch batch, RecordEnumerator records, out long maxTimestamp)
    {
        var needsKey = config.IsCompacted && !batch.IsControl;
        List<RecordError>? errors = null;
        var badTimestamps = 0;
        var index = 0;
        maxTimestamp = -1;
        while (records.MoveNext())
        {
            var record = records.Current;
            if (record.OffsetDelta != index)
                return Refused(KafkaError.InvalidRecord);
            maxTimestamp = Math.Max(maxTimestamp, record.Timestamp);
            if (needsKey && !record.HasKey)
                (errors ??= []).Add(
                    new RecordError(index, $"Compacted topic cannot accept message without key in topic partition {partition}."));
            else if (TimestampError(batch, record) is { } timestampError)
            {
                (errors ??= []).Add(new RecordError(index, timestampError));
                badTimestamps++;
            }
            index++;
        }
        if (records.Error is not null)
            return Refused(KafkaError.InvalidRecord);
        return errors is null ? null : RefusedRecords(errors, badTimestamps);
    }

    private string? TimestampError(RecordBatch batch, Record record)
    {
        if (config.TimestampType == TimestampType.CreateTime && record.Timestamp != -1)
        {
            return IsInRange(record.Timestamp) ? null
                : $"Timestamp {record.Timestamp} of message with offset {record.Offset} is out of range. The timestamp should be within "
                    + $"[{nowMs - config.TimestampBeforeMaxMs}, {nowMs + config.TimestampAfterMaxMs}]";
        }
        return batch.TimestampType == TimestampType.CreateTime || origin != AppendOrigin.Client ? null
            : $"Invalid timestamp type in message DefaultRecord(offset={record.Offset}, timestamp={record.Timestamp}, "
                + $"key={record.Key.Length} bytes, "
                + $"value={record.Value.Length} bytes). Producer should not set timestamp type to LogAppendTime.";
    }

    private bool IsInRange(long timestamp)
        => (timestamp >= nowMs || nowMs - timestamp <= config.TimestampBeforeMaxMs)
            && (timestamp <= nowMs || timestamp - nowMs <= config.TimestampAfterMaxMs);

    private bool NeedsOtherCodec(RecordBatch batch)
        => config.CompressionType is { } codec && codec != batch.CompressionType && !batch.IsControl;

    private LogAppendResult Refused(KafkaError error) => LogAppendResult.Refused(error, logStartOffset);

    private LogAppendResult RefusedRecords(List<RecordError> errors, int badTimestamps)
    {
        if (badTimestamps == errors.Count)
            return LogAppendResult.Refused(
                KafkaError.InvalidTimestamp, logStartOffset, "One or more records have been rejected due to invalid timestamp", errors);
        var shown = string.Join(
            ", ", errors.Take(3).Select(error => $"RecordError(batchIndex={error.BatchIndex}, message='{error.Message}')"));
        return LogAppendResult.Refused(
            KafkaError.InvalidRecord, logStartOffset,
            $"One or more records have been rejected due to {errors.Count} record errors in total, and only showing the first three errors "
            + $"at most: [{shown}]", errors);
    }
}
