using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What records are judged by: the topic they are for, who sends them, and the time.</summary>
internal readonly record struct RecordRules(TopicPartition Partition, LogConfig Config, AppendOrigin Origin, long NowMs)
{
    public bool IsInRange(long timestamp)
        => (timestamp >= NowMs || NowMs - timestamp <= Config.TimestampBeforeMaxMs)
            && (timestamp <= NowMs || timestamp - NowMs <= Config.TimestampAfterMaxMs);
}

/// <summary>
/// Judges the records of one batch, one by one in order: their offset deltas, their keys where the topic is compacted, their timestamps.
/// Allocates only for a record that is refused.
/// </summary>
internal struct RecordJudge(in RecordRules rules, RecordBatch batch) : IRecordVisitor
{
    private readonly RecordRules rules = rules;
    private readonly long baseOffset = batch.BaseOffset;
    private readonly long baseTimestamp = batch.BaseTimestamp;
    private readonly long stampedTimestamp = batch.MaxTimestamp;
    private readonly bool isStamped = batch.TimestampType == TimestampType.LogAppendTime;
    private readonly bool needsKey = rules.Config.IsCompacted && !batch.IsControl;
    private int index;
    private List<RecordError>? errors;

    /// <summary>The largest timestamp so far; −1 when none has one.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>The offset deltas do not run from 0 without gaps.</summary>
    public bool AreOffsetsBroken { get; private set; }

    /// <summary>The first of the records that are refused, with the reasons; null when none is.</summary>
    public readonly List<RecordError>? Errors => errors;

    public int ErrorCount { get; private set; }

    /// <summary>How many of the errors are about timestamps.</summary>
    public int TimestampErrorCount { get; private set; }

    public bool Visit(in RecordShape record)
    {
        if (record.OffsetDelta != index)
        {
            AreOffsetsBroken = true;
            return false;
        }
        var timestamp = isStamped ? stampedTimestamp : baseTimestamp + record.TimestampDelta;
        Judge(timestamp, record.HasKey);
        return true;
    }

    /// <summary>Judges the next record by what it says.</summary>
    /// <param name="timestamp">In ms; −1 for none.</param>
    /// <param name="hasKey">Whether it has a key, if an empty one.</param>
    public void Judge(long timestamp, bool hasKey)
    {
        MaxTimestamp = Math.Max(MaxTimestamp, timestamp);
        if (needsKey && !hasKey)
            Refuse($"Compacted topic cannot accept message without key in topic partition {rules.Partition}");
        else if (!IsTimestampRight(timestamp))
        {
            TimestampErrorCount++;
            Refuse(WhyTimestampIsWrong(timestamp));
        }
        index++;
    }

    /// <summary>The next record is of another format than its batch.</summary>
    public void RefuseFormat()
    {
        Refuse($"Record {index} is of another format than the message that it came in");
        index++;
    }

    private readonly bool IsTimestampRight(long timestamp)
        => rules.Config.TimestampType == TimestampType.CreateTime && timestamp != -1
            ? rules.IsInRange(timestamp)
            : !isStamped || rules.Origin != AppendOrigin.Client;

    private readonly string WhyTimestampIsWrong(long timestamp)
        => rules.Config.TimestampType == TimestampType.CreateTime && timestamp != -1
            ? $"Timestamp {timestamp} of message with offset {baseOffset + index} is out of range. The timestamp should be within "
                + $"[{rules.NowMs - rules.Config.TimestampBeforeMaxMs}, {rules.NowMs + rules.Config.TimestampAfterMaxMs}]"
            : $"Invalid timestamp type in message at offset {baseOffset + index} with timestamp {timestamp}. Producer should not set "
                + "timestamp type to LogAppendTime.";

    /// <summary>What the append is refused with; null when no record is.</summary>
    public readonly LogAppendResult? Refusal(long logStartOffset)
    {
        if (errors is null)
            return null;
        if (TimestampErrorCount == ErrorCount)
            return LogAppendResult.Refused(
                KafkaError.InvalidTimestamp, logStartOffset, "One or more records have been rejected due to invalid timestamp", errors);
        var shown = string.Join(
            ", ", errors.Take(3).Select(error => $"RecordError(batchIndex={error.BatchIndex}, message='{error.Message}')"));
        return LogAppendResult.Refused(
            KafkaError.InvalidRecord, logStartOffset,
            $"One or more records have been rejected due to {ErrorCount} record errors in total, and only showing the first three "
            + $"errors at most: [{shown}]", errors);
    }

    private void Refuse(string why)
    {
        if (ErrorCount++ < Limits.RecordErrors)
            (errors ??= []).Add(new RecordError(index, why));
    }
}
