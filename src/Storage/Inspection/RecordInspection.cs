using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Looks into the records of a batch whose checksum is right. What is larger than a broker unfolds is not unfolded here either.
/// </summary>
internal sealed class RecordInspection(string path, IBatchVisitor? visitor)
{
    /// <summary>Kept from batch to batch, because most are alike.</summary>
    private readonly ArrayBufferWriter<byte> unfolded = new();

    /// <summary>What is wrong with the records; null when nothing is. The batch's bytes are all there.</summary>
    public string? FaultOf(RecordBatch batch) => batch.IsLegacy ? FaultOfMessages(batch) : FaultOfRecords(batch);

    private string? FaultOfRecords(RecordBatch batch)
    {
        var records = batch.RecordsBytes;
        if (batch.IsCompressed)
        {
            unfolded.ResetWrittenCount();
            if (!RecordCompression.TryDecompress(
                batch.CompressionType, records, unfolded, Limits.DecompressedBatchBytes, out var reason))
                return $"its records cannot be decompressed: {reason}";
            records = unfolded.WrittenSpan;
        }
        var previous = -1;
        var all = batch.Records(records);
        while (all.MoveNext())
        {
            var record = all.Current;
            if (record.OffsetDelta <= previous || record.OffsetDelta > batch.LastOffsetDelta)
                return $"the offset {record.Offset} of a record lies outside of its place";
            previous = record.OffsetDelta;
            visitor?.OnRecord(path, new InspectedRecord
            {
                Offset = record.Offset,
                Timestamp = record.Timestamp,
                Key = record.Key,
                HasKey = record.HasKey,
                Value = record.Value,
                HasValue = record.HasValue,
                Headers = record.Headers,
                IsControl = batch.IsControl,
            });
        }
        return all.Error;
    }

    private string? FaultOfMessages(RecordBatch batch)
    {
        if (!MessageWalk.TryFindBaseOffset(batch, Limits.DecompressedBatchBytes, out var baseOffset))
            return "its messages cannot be decompressed or are malformed";
        var logAppendTime = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : -1;
        var messages = new Messages(path, visitor, baseOffset, logAppendTime, batch.IsCompressed);
        if (MessageWalk.Visit(batch, Limits.DecompressedBatchBytes, ref messages) is { } error)
            return $"its messages cannot be decompressed or are malformed: {error}";
        return messages.Fault;
    }

    private struct Messages(string path, IBatchVisitor? visitor, long baseOffset, long logAppendTime, bool isWrapped) : IMessageVisitor
    {
        private long previous = long.MinValue;

        public string? Fault { get; private set; }

        public bool Visit(in LegacyMessage message)
        {
            var offset = baseOffset + message.Offset;
            if (isWrapped && !message.HasValidCrc)
                Fault = $"the checksum of the message at offset {offset} in it is wrong";
            else if (offset <= previous)
                Fault = $"the offset {offset} of a message in it lies outside of its place";
            if (Fault is not null)
                return false;
            previous = offset;
            visitor?.OnRecord(path, new InspectedRecord
            {
                Offset = offset,
                Timestamp = logAppendTime >= 0 ? logAppendTime : message.Timestamp,
                Key = message.Key,
                HasKey = message.HasKey,
                Value = message.Value,
                HasValue = message.HasValue,
            });
            return true;
        }
    }
}
