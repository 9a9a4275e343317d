using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Appends records to a log: a leader's, which are checked and get their offsets here, and a follower's, which have them. Touched only by
/// the log's writer; allocates per append, never per record.
/// </summary>
internal sealed class LogAppender(LogState state, LogRoll roll, LogFlush flush)
{
    /// <summary>As <see cref="PartitionLog.AppendAsLeader"/>.</summary>
    public LogAppendResult AppendAsLeader(
        Memory<byte> records, LeaderEpoch leaderEpoch, AppendOrigin origin, bool v2Only, VerificationGuard? guard)
    {
        var nowMs = state.NowMs;
        var check = new AppendCheck(new RecordRules(state.Options.Partition, state.Config, origin, nowMs), LogStartOffset);
        if (check.Check(records.Span, v2Only, out var rebuild) is { } refused)
            return refused;
        if (rebuild && check.Rebuild(records.Span, out records) is { } notRebuilt)
            return notRebuilt;
        if (records.Length > state.Config.SegmentBytes)
            return LogAppendResult.Refused(KafkaError.RecordListTooLarge);
        if (CheckProducers(records.Span, origin, guard) is { } known)
            return known;
        var append = AssignOffsets(records.Span, leaderEpoch);
        Write(records.Span, append, nowMs);
        return Appended(append, state.Config.TimestampType == TimestampType.LogAppendTime ? nowMs : -1);
    }

    /// <summary>As <see cref="PartitionLog.AppendAsFollower"/>.</summary>
    public LogAppendResult AppendAsFollower(ReadOnlySpan<byte> records)
    {
        var append = LogAppendInfo.None;
        var nextOffset = state.View.LogEndOffset;
        var batches = new RecordBatchEnumerator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.HasValidCrc || append.FirstOffset >= 0 && batch.BaseOffset < nextOffset)
                return LogAppendResult.Refused(KafkaError.CorruptMessage, LogStartOffset);
            if (batch.BaseOffset < nextOffset)
                return LogAppendResult.Refused(KafkaError.OffsetOutOfRange, LogStartOffset);
            append = append.With(batch);
            nextOffset = batch.NextOffset;
        }
        if (CheckRest(records[^batches.RemainingBytes..]) is var malformed and not KafkaError.None)
            return LogAppendResult.Refused(malformed, LogStartOffset);
        if (append.FirstOffset >= 0)
            Write(records[..batches.Position], FromFirstOffset(records, append), state.NowMs);
        return Appended(append, logAppendTimeMs: -1);
    }

    private long LogStartOffset => state.View.LogStartOffset;

    /// <summary>
    /// What an append that begins with a message of format 0 or 1 may begin with: the log's end, or, where the last offset would be out of
    /// reach of a segment that begins there, the first from which it is not.
    /// </summary>
    private LogAppendInfo FromFirstOffset(ReadOnlySpan<byte> records, LogAppendInfo append)
        => new RecordBatch(records).IsLegacy
            ? append with { FirstOffset = Math.Max(state.View.LogEndOffset, append.LastOffset - int.MaxValue) }
            : append;

    /// <summary>A refusal, or the answer for a repeat; null when the records are new.</summary>
    private LogAppendResult? CheckProducers(ReadOnlySpan<byte> records, AppendOrigin origin, VerificationGuard? guard)
    {
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (!batch.HasProducerId)
                continue;
            var check = ProducerCheck.Of(
                state.Producers, batch, isFromClient: origin == AppendOrigin.Client,
                isEpochRaised: origin == AppendOrigin.EpochRaisingCoordinator,
                needsVerification: state.Options.VerifiesTransactions(), guard);
            if (check.Error != KafkaError.None)
                return LogAppendResult.Refused(check.Error, LogStartOffset);
            if (check.Duplicate is { } duplicate)
            {
                var first = new LogAppendInfo { FirstOffset = duplicate.FirstOffset, LastOffset = duplicate.LastOffset };
                return Appended(first, duplicate.Timestamp) with { IsDuplicate = true };
            }
        }
        return null;
    }

    private LogAppendInfo AssignOffsets(Span<byte> records, LeaderEpoch leaderEpoch)
    {
        var append = LogAppendInfo.None;
        var nextOffset = state.View.LogEndOffset;
        var batches = new RecordBatchEnumerator(records);
        while (batches.MoveNext())
        {
            var batch = new MutableRecordBatch(records[batches.Position..]);
            batch.SetBaseOffset(nextOffset);
            batch.SetPartitionLeaderEpoch(leaderEpoch);
            append = append.With(batches.Current);
            nextOffset = append.LastOffset + 1;
        }
        return append;
    }

    private void Write(ReadOnlySpan<byte> records, LogAppendInfo append, long nowMs)
    {
        if (roll.IsDue(records.Length, append, nowMs))
            roll.RollAt(append.FirstOffset);
        var before = state.View;
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            // Messages of formats 0 and 1 carry no epoch. Epochs that are known stop being the truth of the log then, and a replica without
            // any cuts its log to the high watermark when the leader changes.
            if (batch.IsLegacy)
                state.LeaderEpochs.Clear();
            else if (batch.PartitionLeaderEpoch > state.LeaderEpochs.Current.LatestEpoch)
                state.LeaderEpochs.Assign(batch.PartitionLeaderEpoch, batch.BaseOffset);
        }
        before.Active.Append(records);
        foreach (var batch in new RecordBatchEnumerator(records))
            Apply(batch, before.Active);
        state.View = new LogView
        {
            Segments = before.Segments,
            LogStartOffset = before.LogStartOffset,
            LogEndOffset = append.LastOffset + 1,
            LogEndPosition = before.LogEndPosition + records.Length,
            LastAppendOffset = append.FirstOffset,
            LastAppendPosition = before.LogEndPosition,
            UpperBounds = before.UpperBounds,
        };
        flush.FlushIfAsked();
    }

    /// <summary>Brings the producers, and the segment's index of aborted transactions, up to the batch.</summary>
    private void Apply(RecordBatch batch, LogSegment active)
    {
        if (state.Producers.Apply(batch) is { } aborted && active.AbortedTransactions.Append(aborted))
            state.Files.NoteNewName();
    }

    private LogAppendResult Appended(LogAppendInfo append, long logAppendTimeMs) => new()
    {
        Error = KafkaError.None,
        FirstOffset = append.FirstOffset,
        LastOffset = append.LastOffset,
        LogAppendTimeMs = logAppendTimeMs,
        LogStartOffset = LogStartOffset,
        RecordErrors = [],
    };

    /// <summary>What is wrong with what follows the whole batches, where that is more than a batch cut by the fetch's size.</summary>
    private static KafkaError CheckRest(ReadOnlySpan<byte> rest)
    {
        if (rest.Length <= RecordBatch.MagicAt)
            return KafkaError.None;
        var batch = new RecordBatch(rest);
        return batch.HasPossibleLength && batch.BatchLength > rest.Length - RecordBatch.LengthOverheadBytes
            ? KafkaError.None
            : KafkaError.CorruptMessage;
    }
}
