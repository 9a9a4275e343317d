using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Protocol.Legacy;

/// <summary>
/// Turns batches into messages of an older format for readers that know no newer one: offsets and codecs stay, headers and control batches
/// go, format 0 has no timestamps. KIP-32, KIP-98.
/// </summary>
public static class DownConversion
{
    /// <summary>
    /// Adds to the output what the batch is in format <paramref name="magic"/>, which may be nothing. UnsupportedCompressionType for zstd,
    /// which is younger; CorruptMessage when the records cannot be read; MessageTooLarge when they become larger than
    /// <paramref name="outputMaxBytes"/>, or one of them is larger than both that and its batch. Then what was added is to be thrown away.
    /// </summary>
    /// <param name="batch">All of it.</param>
    /// <param name="magic">0 or 1.</param>
    /// <param name="firstOffset">Records before it are left out where that is for nothing: in batches that are not compressed.</param>
    /// <param name="output">Where to.</param>
    /// <param name="outputMaxBytes">A bound for what the batch becomes, as records that unfold to much gain a checksum each.</param>
    public static KafkaError Convert(
        RecordBatch batch, sbyte magic, long firstOffset, ArrayBufferWriter<byte> output, int outputMaxBytes)
    {
        if (batch.IsControl)
            return KafkaError.None;
        if (batch.CodecId == (int)CompressionType.Zstd)
            return KafkaError.UnsupportedCompressionType;
        if (batch.CodecId > (int)CompressionType.Zstd)
            return KafkaError.CorruptMessage;
        if (batch.Magic <= magic)
        {
            output.Write(batch.Bytes);
            return KafkaError.None;
        }
        var logAppendTime = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : -1;
        using var writer = new MessageSetWriter(output, magic, batch.CompressionType, logAppendTime);
        var sink = new Sink(writer, batch.IsCompressed ? 0 : firstOffset, outputMaxBytes);
        var error = batch.IsLegacy ? ReadMessages(batch, sink) : ReadRecords(batch, sink);
        if (error != KafkaError.None)
            return error;
        writer.End();
        return writer.WrittenBytes > outputMaxBytes ? KafkaError.MessageTooLarge : KafkaError.None;
    }

    private static KafkaError ReadRecords(RecordBatch batch, Sink sink)
    {
        if (batch.RecordCount == 0)
            return KafkaError.None;
        if (batch.IsCompressed)
            return Unfold(batch, sink);
        var records = batch.Records();
        while (!sink.IsFull && records.MoveNext())
            sink.Add(records.Current);
        if (sink.IsFull)
            return KafkaError.MessageTooLarge;
        return records.Error is null ? KafkaError.None : KafkaError.CorruptMessage;
    }

    private static KafkaError Unfold(RecordBatch batch, Sink sink)
    {
        var recordMaxBytes = Math.Max(Limits.RewrittenBatchBytes, batch.SizeInBytes);
        using var records = new ItemStream<RecordReader>(new RecordReader(batch, sink), recordMaxBytes);
        var isUnfolded = RecordCompression.TryDecompress(
            batch.CompressionType, batch.RecordsBytes, records, Limits.DecompressedBatchBytes, out _);
        if (sink.IsFull || records.IsItemTooLarge)
            return KafkaError.MessageTooLarge;
        return isUnfolded && records.IsAtItemEnd && records.Reader.IsWhole ? KafkaError.None : KafkaError.CorruptMessage;
    }

    /// <summary>Of format 1.</summary>
    private static KafkaError ReadMessages(RecordBatch entry, Sink sink)
    {
        if (!MessageWalk.TryFindBaseOffset(entry, Limits.DecompressedBatchBytes, out var baseOffset))
            return KafkaError.CorruptMessage;
        var reader = new MessageReader(sink, baseOffset);
        if (MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref reader) is not null)
            return KafkaError.CorruptMessage;
        return sink.IsFull ? KafkaError.MessageTooLarge : KafkaError.None;
    }

    /// <summary>Where the records go.</summary>
    private sealed class Sink(MessageSetWriter writer, long firstOffset, int outputMaxBytes)
    {
        public bool IsFull => writer.WrittenBytes > outputMaxBytes;

        public void Add(in Record record)
        {
            if (record.Offset >= firstOffset)
                writer.Append(record.Offset, record.Timestamp, record.Key, record.HasKey, record.Value, record.HasValue);
        }

        public void Add(long offset, in LegacyMessage message)
        {
            if (offset >= firstOffset)
                writer.Append(offset, message.Timestamp, message.Key, message.HasKey, message.Value, message.HasValue);
        }
    }

    private readonly struct MessageReader(Sink sink, long baseOffset) : IMessageVisitor
    {
        public bool Visit(in LegacyMessage message)
        {
            sink.Add(baseOffset + message.Offset, message);
            return !sink.IsFull;
        }
    }

    /// <summary>Reads the records of a compressed batch of magic 2 as they come.</summary>
    private struct RecordReader(RecordBatch batch, Sink sink) : IItemReader
    {
        private readonly long baseOffset = batch.BaseOffset;
        private readonly long baseTimestamp = batch.BaseTimestamp;
        private readonly long logAppendTime = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : -1;
        private int recordsLeft = batch.RecordCount;
        private bool isMalformed;

        public readonly bool IsEnded => isMalformed || sink.IsFull;

        /// <summary>All records that the batch declares were there, and nothing else.</summary>
        public readonly bool IsWhole => !isMalformed && recordsLeft == 0;

        public int Take(ReadOnlySpan<byte> bytes, out int neededBytes)
        {
            var takenBytes = 0;
            neededBytes = 1;
            while (!IsEnded && takenBytes < bytes.Length)
            {
                var rest = bytes[takenBytes..];
                if (!TryReadSize(rest, out var size))
                {
                    isMalformed = rest.Length >= Varint.Int32MaxBytes;
                    neededBytes = rest.Length + 1;
                    break;
                }
                if (size > rest.Length)
                {
                    neededBytes = size;
                    break;
                }
                var record = new RecordEnumerator(baseOffset, baseTimestamp, logAppendTime, rest[..size], 1);
                isMalformed = recordsLeft-- <= 0 || !record.MoveNext();
                if (!isMalformed)
                    sink.Add(record.Current);
                takenBytes += size;
            }
            return takenBytes;
        }

        /// <summary>With the length field; false when that is not there yet or cannot be.</summary>
        private static bool TryReadSize(ReadOnlySpan<byte> record, out int size)
        {
            var rest = record;
            size = 0;
            if (!Varint.TryReadInt32(ref rest, out var length) || length < 0 || length > Limits.DecompressedBatchBytes)
                return false;
            size = record.Length - rest.Length + length;
            return true;
        }
    }
}
