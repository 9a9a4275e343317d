using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Turns the messages of formats 0 and 1 that a client of before KIP-98 sends into one batch of the current format, and judges them on the
/// way, by Kafka's rules for such messages. Their framing and outer checksums are right. Compressed ones are taken one by one while they
/// are decompressed, and compressed again while they come, so no more is held than one of them and the batch.
/// </summary>
internal readonly ref struct FormatUpgrade(in RecordRules rules, long logStartOffset)
{
    private readonly RecordRules rules = rules;

    /// <summary>
    /// Adds the batch to the output; a refusal when messages are of different formats, more than one where one is compressed, wrong, or too
    /// large in their new form.
    /// </summary>
    public LogAppendResult? Write(ReadOnlySpan<byte> messages, ArrayBufferWriter<byte> output, out long maxTimestamp)
    {
        maxTimestamp = -1;
        if (!TryReadOutside(messages, out var sourceCodec))
            return Refused(KafkaError.InvalidRecord);
        var level = rules.Config.CompressionType is null ? RecordCompression.DefaultLevel : rules.Config.CompressionLevel;
        using var writer = new BatchWriter(
            output, rules.Config.CompressionType ?? sourceCodec, level, rules.Config.MessageMaxBytes);
        foreach (var entry in new RecordBatchEnumerator(messages))
        {
            var visitor = new MessageJudge(rules, entry, writer);
            var malformed = MessageWalk.Visit(entry, Limits.RecompressedBatchBytes, ref visitor);
            // A message that ended the walk came before what the walk found wrong.
            if ((visitor.Error ?? malformed) is { } error)
                return Refused(error);
            if (IsWrapperBehindItsMessages(entry, visitor.LastInnerOffset))
                return Refused(KafkaError.InvalidRecord);
            if (visitor.Records.Refusal(logStartOffset) is { } refused)
                return refused;
        }
        maxTimestamp = writer.MaxTimestamp;
        return writer.End().Length > rules.Config.MessageMaxBytes ? LogAppendResult.Refused(KafkaError.MessageTooLarge) : null;
    }

    /// <summary>False when the messages cannot be together.</summary>
    private static bool TryReadOutside(ReadOnlySpan<byte> messages, out CompressionType sourceCodec)
    {
        sourceCodec = CompressionType.None;
        var magic = new RecordBatch(messages).Magic;
        var count = 0;
        foreach (var entry in new RecordBatchEnumerator(messages))
        {
            if (entry.Magic != magic)
                return false;
            count++;
            if (entry.IsCompressed)
                sourceCodec = entry.CompressionType;
        }
        return sourceCodec == CompressionType.None || count == 1;
    }

    /// <summary>Some producers leave the wrapper's offset at 0; one that they set has to fit.</summary>
    private static bool IsWrapperBehindItsMessages(RecordBatch entry, long lastInnerOffset)
        => MessageWalk.HoldsRelativeOffsets(entry) && entry.BaseOffset < lastInnerOffset;

    private LogAppendResult Refused(KafkaError error) => LogAppendResult.Refused(error, logStartOffset);

    /// <summary>Judges the messages of one entry of the set, and passes them on while none is refused.</summary>
    private struct MessageJudge(in RecordRules rules, RecordBatch entry, BatchWriter writer) : IMessageVisitor
    {
        private readonly sbyte magic = entry.Magic;
        private readonly bool isWrapper = entry.IsCompressed;
        private readonly bool isStamped = entry.TimestampType == TimestampType.LogAppendTime;
        private readonly long stampedTimestamp = entry.MaxTimestamp;
        private RecordJudge records = new(rules, entry);

        public readonly RecordJudge Records => records;

        /// <summary>What ended the walk.</summary>
        public KafkaError? Error { get; private set; }

        public long LastInnerOffset { get; private set; }

        public bool Visit(in LegacyMessage message)
        {
            LastInnerOffset = message.Offset;
            if (isWrapper && message.IsCompressed)
                return End(KafkaError.InvalidRecord);
            if (message.Magic != magic)
            {
                records.RefuseFormat();
                return true;
            }
            // The checksum of a message that is not compressed has been looked at with the set.
            if (isWrapper && !message.HasValidCrc)
                return End(KafkaError.CorruptMessage);
            var timestamp = isStamped ? stampedTimestamp : message.Timestamp;
            records.Judge(timestamp, message.HasKey);
            if (records.Errors is not null)
                return true;
            // No log can hold such a time, though the bounds of the topic let it pass.
            if (timestamp < -1)
                return End(KafkaError.InvalidTimestamp);
            writer.Append(timestamp, message.Key, message.HasKey, message.Value, message.HasValue);
            return true;
        }

        private bool End(KafkaError error)
        {
            Error = error;
            return false;
        }
    }
}
