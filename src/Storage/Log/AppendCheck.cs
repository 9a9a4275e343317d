using System.Buffers;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Judges the batches of a leader's append before anything is assigned or written: first all headers and checksums, then the records of
/// uncompressed batches one by one. Pure but for one thing: a batch's timestamp fields are made right where they lie, since the bytes are
/// the request's own. Records inside compressed batches are judged while they are decompressed, piece by piece, and those of formats 0 and
/// 1 while they are turned into the current one, which is the only one that is written.
/// </summary>
internal readonly ref struct AppendCheck(in RecordRules rules, long logStartOffset)
{
    private const int CodecCount = 5;

    private readonly RecordRules rules = rules;

    /// <summary>Null when all is well; <paramref name="rebuild"/> says whether a batch's codec or format has to change.</summary>
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
        rebuild = new RecordBatch(records).IsLegacy;
        if (rebuild)
            return null;
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
    /// The batches in the topic's codec and the current format, in memory of their own; a refusal when the records of one are wrong, unfold
    /// to too much, or have become too large.
    /// </summary>
    public LogAppendResult? Rebuild(ReadOnlySpan<byte> records, out Memory<byte> rebuilt)
    {
        var output = new ArrayBufferWriter<byte>(records.Length);
        rebuilt = default;
        if (new RecordBatch(records).IsLegacy)
            return Upgrade(records, output, out rebuilt);
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (!NeedsOtherCodec(batch))
                output.Write(batch.Bytes);
            else if (Rebuild(batch, output) is { } refused)
                return refused;
        }
        rebuilt = MemoryMarshal.AsMemory(output.WrittenMemory);
        return null;
    }

    private LogAppendResult? Upgrade(ReadOnlySpan<byte> messages, ArrayBufferWriter<byte> output, out Memory<byte> upgraded)
    {
        upgraded = default;
        if (new FormatUpgrade(rules, logStartOffset).Write(messages, output, out var maxTimestamp) is { } refused)
            return refused;
        upgraded = MemoryMarshal.AsMemory(output.WrittenMemory);
        Stamp(upgraded.Span, maxTimestamp);
        return null;
    }

    private LogAppendResult? Rebuild(RecordBatch batch, ArrayBufferWriter<byte> output)
    {
        var start = output.WrittenCount;
        var refused = KeepsItsTime(batch)
            ? Rewrite(batch, output, out var maxTimestamp)
            : ChangeCodec(batch, output, out maxTimestamp);
        if (refused is not null)
            return refused;
        if (output.WrittenCount - start > rules.Config.MessageMaxBytes)
            return LogAppendResult.Refused(KafkaError.MessageTooLarge);
        Stamp(MemoryMarshal.AsMemory(output.WrittenMemory)[start..].Span, maxTimestamp);
        return null;
    }

    /// <summary>Whether the batch's records, which all had its time, have to take it along because the topic keeps their own.</summary>
    private bool KeepsItsTime(RecordBatch batch)
        => batch.TimestampType == TimestampType.LogAppendTime && rules.Config.TimestampType == TimestampType.CreateTime;

    private LogAppendResult? ChangeCodec(RecordBatch batch, ArrayBufferWriter<byte> output, out long maxTimestamp)
    {
        var start = output.WrittenCount;
        RecordBatchCodec.Begin(batch, output);
        var refused = batch.IsCompressed
            ? Recompress(batch, output, start + rules.Config.MessageMaxBytes, out maxTimestamp)
            : Compress(batch, output, out maxTimestamp);
        if (refused is null)
            RecordBatchCodec.End(MemoryMarshal.AsMemory(output.WrittenMemory)[start..].Span, TopicCodec);
        return refused;
    }

    private LogAppendResult? Compress(RecordBatch batch, ArrayBufferWriter<byte> output, out long maxTimestamp)
    {
        if (CheckRecords(batch, out maxTimestamp) is { } refused)
            return refused;
        RecordCompression.Compress(TopicCodec, batch.RecordsBytes, output, rules.Config.CompressionLevel);
        return null;
    }

    /// <summary>Decompresses, judges and compresses piece by piece.</summary>
    private LogAppendResult? Recompress(
        RecordBatch batch, ArrayBufferWriter<byte> output, long outputMaxBytes, out long maxTimestamp)
    {
        using var records = new RecordStream<RecordJudge>(new RecordJudge(rules, batch), batch.RecordCount);
        using var compressor = new RecordCompressor(TopicCodec, rules.Config.CompressionLevel, output);
        var both = new JudgedRecords(records, compressor, output, outputMaxBytes);
        var isWhole = RecordCompression.TryDecompress(
            batch.CompressionType, batch.RecordsBytes, both, Limits.RecompressedBatchBytes, out _);
        if (Verdict(records.Visitor, isWhole && records.TryFinish(), out maxTimestamp) is { } refused)
            return refused;
        compressor.End();
        return null;
    }

    /// <summary>Writes the records anew one by one, with their time.</summary>
    private LogAppendResult? Rewrite(RecordBatch batch, ArrayBufferWriter<byte> output, out long maxTimestamp)
    {
        maxTimestamp = -1;
        var unfolded = new ArrayBufferWriter<byte>();
        if (!RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, Limits.RewrittenBatchBytes, out _))
            return Refused(KafkaError.InvalidRecord);
        var judge = new RecordJudge(rules, batch);
        var isWhole = RecordWalk.TryVisit(batch.Records(unfolded.WrittenSpan), ref judge);
        if (Verdict(judge, isWhole, out maxTimestamp) is { } refused)
            return refused;
        var builder = new RecordBatchBuilder
        {
            CompressionType = TopicCodec,
            CompressionLevel = rules.Config.CompressionLevel,
            Producer = batch.Producer,
            BaseSequence = batch.BaseSequence,
            IsTransactional = batch.IsTransactional,
        };
        foreach (var record in batch.Records(unfolded.WrittenSpan))
            builder.Append(record);
        output.Write(builder.Build());
        return null;
    }

    /// <summary>Whole batches, and nothing after; one of the current format where the request's version says so.</summary>
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
            if (v2Only && batch.IsLegacy)
                return LogAppendResult.Refused(KafkaError.InvalidRecord);
            if (!batch.HasPossibleLength)
                return LogAppendResult.Refused(KafkaError.CorruptMessage);
            batchCount++;
            records = records[batch.SizeInBytes..];
        }
        return batchCount == 0 ? LogAppendResult.Refused(KafkaError.InvalidRecord) : null;
    }

    private LogAppendResult? CheckHeader(RecordBatch batch)
    {
        if (rules.Origin == AppendOrigin.Client && !batch.IsLegacy && batch.BaseOffset != 0)
            return Refused(KafkaError.InvalidRecord);
        if (batch.SizeInBytes > rules.Config.MessageMaxBytes)
            return LogAppendResult.Refused(KafkaError.MessageTooLarge);
        return batch.HasValidCrc ? null : LogAppendResult.Refused(KafkaError.CorruptMessage);
    }

    private LogAppendResult? CheckContent(Span<byte> bytes, int batchCount)
    {
        var batch = new RecordBatch(bytes);
        if (batch.IsLegacy || batch.RecordCount <= 0 || batch.LastOffsetDelta + 1L != batch.RecordCount || batch.CodecId >= CodecCount)
            return Refused(KafkaError.InvalidRecord);
        if (rules.Origin == AppendOrigin.Client && (batch.IsControl || batch.HasProducerId && (batch.BaseSequence < 0 || batchCount > 1)))
            return Refused(KafkaError.InvalidRecord);
        // A batch that gets another codec is decompressed for that, and judged then.
        if (NeedsOtherCodec(batch))
            return null;
        var refused = CheckRecords(batch, out var maxTimestamp);
        if (refused is null)
            Stamp(bytes, maxTimestamp);
        return refused;
    }

    /// <summary>
    /// Has the batch say how old its records are, or when the topic got them. Behind all checks, since it changes what they see.
    /// </summary>
    private void Stamp(Span<byte> batch, long maxTimestamp)
        => new MutableRecordBatch(batch).SetMaxTimestamp(
            rules.Config.TimestampType, rules.Config.TimestampType == TimestampType.LogAppendTime ? rules.NowMs : maxTimestamp);

    private LogAppendResult? CheckRecords(RecordBatch batch, out long maxTimestamp)
    {
        var judge = new RecordJudge(rules, batch);
        var isWhole = RecordWalk.TryVisit(batch, Limits.DecompressedBatchBytes, ref judge);
        return Verdict(judge, isWhole, out maxTimestamp);
    }

    private LogAppendResult? Verdict(in RecordJudge judge, bool isWhole, out long maxTimestamp)
    {
        maxTimestamp = judge.MaxTimestamp;
        if (!isWhole || judge.AreOffsetsBroken)
            return Refused(KafkaError.InvalidRecord);
        return judge.Refusal(logStartOffset);
    }

    /// <summary>The codec that the topic wants its batches in; only asked where there is one.</summary>
    private CompressionType TopicCodec => rules.Config.CompressionType!.Value;

    private bool NeedsOtherCodec(RecordBatch batch)
        => rules.Config.CompressionType is { } codec && codec != batch.CompressionType && !batch.IsControl;

    private LogAppendResult Refused(KafkaError error) => LogAppendResult.Refused(error, logStartOffset);
}
