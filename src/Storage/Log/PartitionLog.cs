using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// The log of one partition on disk: <c>LogStartOffset ≤ RecoveryPoint ≤ LogEndOffset</c>. Changed only on its partition's loop (see
/// <see cref="AttachTo"/>); <see cref="Read"/>, the offsets and <see cref="LeaderEpochs"/> answer on any thread from an immutable
/// <see cref="LogView"/>. A <see cref="DiskError"/> passes through and leaves the log as it was before the call; from then on the log
/// refuses changes, because its dir goes offline.
/// </summary>
public sealed class PartitionLog
{
    private readonly LogOpenOptions options;
    private readonly LogSegments segments;
    private readonly LeaderEpochFile leaderEpochs;
    private long recoveryPoint;
    private long lastFlushMs;
    private volatile DiskError? failure;
    private volatile bool closed;

    private PartitionLog(LogOpenOptions options, LoadedLog loaded)
    {
        this.options = options;
        leaderEpochs = loaded.LeaderEpochs;
        ProducerStates = loaded.ProducerStates;
        recoveryPoint = loaded.RecoveryPoint;
        segments = new LogSegments(options, loaded.ProducerStates);
        lastFlushMs = NowMs;
        var active = loaded.Segments[^1];
        active.BecomeActive();
        ReadOnly = new ReadOnlyLog(options.Partition, options.Config, loaded.TopicId, leaderEpochs, new LogView
        {
            Segments = [.. loaded.Segments],
            LogStartOffset = loaded.LogStartOffset,
            LogEndOffset = loaded.LogEndOffset,
            LogEndPosition = active.SizeInBytes,
            UpperBounds = new LogPositionCache(),
        });
    }

    /// <summary>The log for readers, on any thread.</summary>
    public ReadOnlyLog ReadOnly { get; }

    public TopicPartition Partition => options.Partition;
    public string Directory => segments.Directory;
    public LogConfig Config => ReadOnly.Config;
    public TopicId TopicId => ReadOnly.TopicId;
    public LeaderEpochs LeaderEpochs => leaderEpochs.Current;
    public ProducerStateTable ProducerStates { get; }
    public long LogStartOffset => view.LogStartOffset;
    /// <summary>Exclusive: the offset that the next record gets.</summary>
    public long LogEndOffset => view.LogEndOffset;
    /// <summary>All below is durable.</summary>
    public long RecoveryPoint => Volatile.Read(ref recoveryPoint);
    public long SizeInBytes => ReadOnly.SizeInBytes;
    public IReadOnlyList<LogSegment> Segments => view.Segments;

    private LogView view { get => ReadOnly.View; set => ReadOnly.View = value; }

    private long NowMs => options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens the log in a folder, making it when the folder is empty; recovers it when it was not closed properly.</summary>
    public static PartitionLog Open(LogOpenOptions options) => new(options, LogLoader.Load(options));

    /// <summary>
    /// Gives the log to a loop, which alone changes it until <see cref="Detach"/>; what was done aside for the log is reported there.
    /// A log without a loop belongs to whoever opened it: at the start and at the end of its life to its log dir.
    /// </summary>
    public void AttachTo(ILoop loop)
    {
        Invariant.Holds(segments.Loop is null && loop.IsCurrent);
        segments.Loop = loop;
    }

    /// <summary>The loop gives the log back and does not change it any more; its log dir may close or delete it then.</summary>
    public void Detach()
    {
        RequireLoop();
        segments.Loop = null;
    }

    /// <summary>
    /// Appends a leader's records: checks them, assigns offsets, epoch and timestamps in the given memory, writes once.
    /// <paramref name="v2Only"/> holds for requests that must carry exactly one batch of the current format.
    /// </summary>
    public LogAppendResult AppendAsLeader(
        Memory<byte> records, LeaderEpoch leaderEpoch, AppendOrigin origin = AppendOrigin.Client, bool v2Only = true)
    {
        RequireUsable();
        var nowMs = NowMs;
        var check = new AppendCheck(Partition, Config, origin, nowMs, LogStartOffset);
        if (check.Check(records.Span, v2Only, out var rebuild) is { } refused)
            return refused;
        if (rebuild && check.Rebuild(records.Span, out records) is { } notRebuilt)
            return notRebuilt;
        if (records.Length > Config.SegmentBytes)
            return LogAppendResult.Refused(KafkaError.RecordListTooLarge);
        if (CheckProducers(records.Span, origin) is { } known)
            return known;
        var append = AssignOffsets(records.Span, leaderEpoch);
        Write(records.Span, append, nowMs);
        return Appended(append, Config.TimestampType == TimestampType.LogAppendTime ? nowMs : -1);
    }

    /// <summary>
    /// Appends what a leader's log holds: whole batches with rising offsets from the log's end on. A cut batch at the end is left for the
    /// next fetch. CorruptMessage when a checksum is wrong or offsets do not rise; OffsetOutOfRange when they begin below the log's end.
    /// </summary>
    public LogAppendResult AppendAsFollower(ReadOnlyMemory<byte> records)
    {
        RequireUsable();
        var append = LogAppendInfo.None;
        var nextOffset = LogEndOffset;
        var batches = new RecordBatchEnumerator(records.Span);
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
        if (IsMalformed(records.Span[^batches.RemainingBytes..]))
            return LogAppendResult.Refused(KafkaError.CorruptMessage, LogStartOffset);
        if (append.FirstOffset >= 0)
            Write(records.Span[..batches.Position], append, NowMs);
        return Appended(append, logAppendTimeMs: -1);
    }

    /// <summary>As <see cref="ReadOnlyLog.Read"/>.</summary>
    public LogReadResult Read(long startOffset, int maxBytes, long upperBoundOffset, bool atLeastOneBatch)
        => ReadOnly.Read(startOffset, maxBytes, upperBoundOffset, atLeastOneBatch);

    /// <summary>As <see cref="ReadOnlyLog.OffsetForTimestamp"/>.</summary>
    public TimestampAndOffset? OffsetForTimestamp(long timestamp) => ReadOnly.OffsetForTimestamp(timestamp);

    /// <summary>As <see cref="ReadOnlyLog.MaxTimestampOffset"/>.</summary>
    public TimestampAndOffset? MaxTimestampOffset() => ReadOnly.MaxTimestampOffset();

    /// <summary>As <see cref="ReadOnlyLog.EndOffsetFor"/>.</summary>
    public EpochEndOffset EndOffsetFor(LeaderEpoch epoch) => ReadOnly.EndOffsetFor(epoch);

    /// <summary>Notes that the epoch begins at the offset, as a new leader does before its first append. Durable on return.</summary>
    public void AssignLeaderEpoch(LeaderEpoch leaderEpoch, long startOffset)
    {
        RequireUsable();
        Guard(() => leaderEpochs.Assign(leaderEpoch, startOffset));
    }

    public void UpdateConfig(LogConfig config)
    {
        RequireLoop();
        ReadOnly.Config = segments.Config = config;
    }

    /// <summary>Ties the folder to its topic; done once, before the first append. False when it belongs to another.</summary>
    public bool AssignTopicId(TopicId topicId)
    {
        RequireUsable();
        if (!TopicId.IsZero)
            return TopicId == topicId;
        Guard(() => PartitionMetadataFile.Write(options.Disk, Directory, topicId));
        ReadOnly.TopicId = topicId;
        return true;
    }

    /// <summary>
    /// Begins a new segment at the log's end (nothing happens when the last one is empty); the old one is flushed behind.
    /// </summary>
    public void Roll()
    {
        RequireUsable();
        if (view.Active.SizeInBytes > 0)
            Guard(() => RollAt(LogEndOffset));
    }

    /// <summary>Makes everything appended durable.</summary>
    public void Flush()
    {
        RequireUsable();
        Guard(() => FlushTo(LogEndOffset));
    }

    /// <summary>Flushes when <c>flush.ms</c> has passed since the last flush; called each <c>log.flush.scheduler.interval.ms</c>.</summary>
    public void FlushIfDue()
    {
        RequireLoop();
        if (failure is null && !closed && NowMs - lastFlushMs >= Config.FlushMs)
            Flush();
    }

    /// <summary>Cuts the log so that it ends at the offset; a batch that holds it goes whole. Nothing happens when the log ends before.
    /// Durable on return; the caller then writes recovery points, before the log grows again.</summary>
    public void TruncateTo(long offset)
    {
        RequireUsable();
        var before = view;
        if (offset >= before.LogEndOffset)
            return;
        if (offset < before.Segments[0].BaseOffset)
        {
            TruncateFullyAndStartAt(offset);
            return;
        }
        Guard(() =>
        {
            var kept = before.Segments[..(before.SegmentIndexOf(offset) + 1)];
            // The last goes first, so that a crash in between leaves no hole.
            segments.Delete([.. before.Segments[kept.Length..].AsEnumerable().Reverse()]);
            // Segments that come back after a power loss would leave a hole behind a cut that stayed; bytes that come back would lie below
            // new ones.
            segments.FlushNames();
            kept[^1].BecomeActive();
            kept[^1].TruncateTo(offset);
            kept[^1].Flush();
            Publish(kept, Math.Min(before.LogStartOffset, offset), offset);
            Volatile.Write(ref recoveryPoint, Math.Min(recoveryPoint, offset));
            leaderEpochs.TruncateFromEnd(offset);
            LogLoader.ReloadProducers(ProducerStates, kept, LogStartOffset, offset);
        });
        options.Log.Info("log", $"partition={Partition} truncated logEndOffset={before.LogEndOffset}→{offset}");
    }

    /// <summary>Drops all and goes on at the offset, as a follower whose leader no longer has where it stood.</summary>
    public void TruncateFullyAndStartAt(long offset)
    {
        RequireUsable();
        Guard(() =>
        {
            segments.Delete([.. view.Segments.AsEnumerable().Reverse()]);
            ProducerStates.Clear(offset);
            leaderEpochs.Clear();
            var first = segments.Create(offset);
            Publish([first], offset, offset);
            Volatile.Write(ref recoveryPoint, offset);
        });
        options.Log.Info("log", $"partition={Partition} restarted at offset={offset}");
    }

    /// <summary>Raises the log's start for DeleteRecords or after a leader's; at most to the log's end. True when it moved.</summary>
    public bool RaiseLogStartOffset(long offset)
    {
        RequireUsable();
        var before = view;
        if (offset <= before.LogStartOffset)
            return false;
        Invariant.Holds(offset <= before.LogEndOffset);
        Publish(before.Segments, offset, before.LogEndOffset, before.UpperBounds);
        Guard(() => leaderEpochs.TruncateFromStart(offset));
        return true;
    }

    /// <summary>
    /// Deletes the oldest segments that lie below the log's start or that retention by time or size no longer keeps, none past the high
    /// watermark. Returns how many.
    /// </summary>
    public int DeleteOldSegments(long highWatermark)
    {
        RequireUsable();
        var count = LogRetention.CountDeletable(view, Config, highWatermark, NowMs);
        if (count == 0)
            return 0;
        Guard(() =>
        {
            if (count == view.Segments.Length)
                RollAt(LogEndOffset);
            var before = view;
            // The start is raised before files go, so that no reader is sent to a segment that is not there.
            RaiseLogStartOffset(Math.Max(before.LogStartOffset, before.Segments[count].BaseOffset));
            Publish(before.Segments[count..], LogStartOffset, before.LogEndOffset, before.UpperBounds);
            segments.Delete(before.Segments[..count]);
        });
        return count;
    }

    /// <summary>Forgets producers that have been silent for long; called each <c>producer.id.expiration.check.interval.ms</c>.</summary>
    public void RemoveExpiredProducers()
    {
        RequireLoop();
        ProducerStates.RemoveExpired();
    }

    /// <summary>
    /// Flushes, writes the producer snapshot and gives up the files. The clean-shutdown mark is the log dir's; a log that has failed throws
    /// its error again, so that its dir goes without the mark.
    /// </summary>
    public void Close()
    {
        RequireLoop();
        if (closed)
            return;
        try
        {
            Guard(() =>
            {
                RequireUsable();
                ProducerStates.TakeSnapshot();
                view.Active.WriteLastTimeEntry();
                FlushTo(LogEndOffset);
                ProducerStates.FlushSnapshot(ProducerStates.MapEndOffset);
            });
        }
        finally
        {
            closed = true;
            CloseFiles();
        }
    }

    /// <summary>
    /// Gives up the files as they are, because the folder is being deleted or, with a reason, its dir is offline: then whoever still uses
    /// the log gets that error. From any loop; the files are closed on the log's own, which may be using them.
    /// </summary>
    public void Abandon(DiskError? reason = null)
    {
        if (closed)
            return;
        failure ??= reason;
        closed = true;
        segments.Defer(CloseFiles);
    }

    /// <summary>A refusal, or the answer for a repeat; null when the records are new.</summary>
    private LogAppendResult? CheckProducers(ReadOnlySpan<byte> records, AppendOrigin origin)
    {
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (!batch.HasProducerId)
                continue;
            var check = ProducerStates.Check(batch, origin);
            if (check.Error != KafkaError.None)
                return LogAppendResult.Refused(check.Error, LogStartOffset);
            if (check.Duplicate is { } duplicate)
                return Appended(
                    new LogAppendInfo { FirstOffset = duplicate.FirstOffset, LastOffset = duplicate.LastOffset },
                    duplicate.Timestamp) with { IsDuplicate = true };
        }
        return null;
    }

    private LogAppendInfo AssignOffsets(Span<byte> records, LeaderEpoch leaderEpoch)
    {
        var append = LogAppendInfo.None;
        var nextOffset = LogEndOffset;
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
        try
        {
            if (ShouldRoll(records.Length, append, nowMs))
                RollAt(append.FirstOffset);
            var before = view;
            foreach (var batch in new RecordBatchEnumerator(records))
            {
                if (batch.PartitionLeaderEpoch > LeaderEpochs.LatestEpoch)
                    leaderEpochs.Assign(batch.PartitionLeaderEpoch, batch.BaseOffset);
            }
            before.Active.Append(records, append.LastOffset, append.MaxTimestamp, append.OffsetOfMaxTimestamp);
            foreach (var batch in new RecordBatchEnumerator(records))
                ProducerStates.Apply(batch);
            view = new LogView
            {
                Segments = before.Segments,
                LogStartOffset = before.LogStartOffset,
                LogEndOffset = append.LastOffset + 1,
                LogEndPosition = before.LogEndPosition + records.Length,
                LastAppendOffset = append.FirstOffset,
                LastAppendPosition = before.LogEndPosition,
                UpperBounds = before.UpperBounds,
            };
            if (LogEndOffset - recoveryPoint >= Config.FlushMessages)
                FlushTo(LogEndOffset);
        }
        catch (DiskError error)
        {
            failure = error;
            throw;
        }
    }

    private bool ShouldRoll(int appendBytes, LogAppendInfo append, long nowMs)
    {
        var active = view.Active;
        if (active.SizeInBytes > Config.SegmentBytes - appendBytes || !active.CanHold(append.LastOffset)
            || active.OffsetIndex.IsFull || active.TimeIndex.IsFull)
            return true;
        return active.SizeInBytes > 0 && active.WaitedForRollMs(nowMs, append.MaxTimestamp) > Config.SegmentMs - segments.RollJitterMs;
    }

    private void RollAt(long baseOffset)
    {
        var before = view;
        var active = before.Active;
        if (active.BaseOffset == baseOffset)
        {
            // Nothing was ever written to it, yet it cannot take this append: its index is full, or its base is out of reach.
            Invariant.Holds(active.SizeInBytes == 0);
            active.Close();
            Publish(
                [.. before.Segments[..^1], segments.Create(baseOffset)], before.LogStartOffset, before.LogEndOffset, before.UpperBounds);
            return;
        }
        active.BecomeInactive();
        var isFlushed = RecoveryPoint >= baseOffset;
        // Its last time entry came after the flush that made all else durable, and no later flush looks below the recovery point.
        if (isFlushed)
            active.Flush();
        ProducerStates.MapEndOffset = baseOffset;
        ProducerStates.TakeSnapshot();
        Publish([.. before.Segments, segments.Create(baseOffset)], before.LogStartOffset, before.LogEndOffset, before.UpperBounds);
        // Aside, because a gigabyte takes its time and appends go on.
        if (!isFlushed)
            segments.WriteBackAside(
                before.Segments[Math.Max(before.SegmentIndexOf(recoveryPoint), 0)..], error => FlushBehind(baseOffset, error));
    }

    private void FlushBehind(long endOffset, DiskError? writeBackError)
    {
        if (failure is not null || closed)
            return;
        try
        {
            if (writeBackError is not null)
                throw writeBackError;
            // The log may have been cut meanwhile.
            if (RecoveryPoint < endOffset && endOffset <= LogEndOffset)
                FlushTo(endOffset);
        }
        catch (DiskError error)
        {
            failure = error;
            options.OnDiskError?.Invoke(error);
        }
    }

    /// <summary>The recovery point moves only after all below it is known to be on disk, the names of new files included.</summary>
    private void FlushTo(long endOffset)
    {
        var current = view;
        Invariant.Holds(endOffset <= current.LogEndOffset);
        for (var i = Math.Max(
            current.SegmentIndexOf(recoveryPoint), 0); i < current.Segments.Length && current.Segments[i].BaseOffset < endOffset; i++)
            current.Segments[i].Flush();
        ProducerStates.FlushSnapshot(endOffset);
        segments.FlushNames();
        if (endOffset > recoveryPoint)
            Volatile.Write(ref recoveryPoint, endOffset);
        lastFlushMs = NowMs;
    }

    private void Publish(LogSegment[] newSegments, long logStartOffset, long logEndOffset, LogPositionCache? upperBounds = null)
    {
        Invariant.Holds(logStartOffset <= logEndOffset);
        view = new LogView
        {
            Segments = newSegments,
            LogStartOffset = logStartOffset,
            LogEndOffset = logEndOffset,
            LogEndPosition = newSegments[^1].SizeInBytes,
            UpperBounds = upperBounds ?? new LogPositionCache(),
        };
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

    /// <summary>Whether what follows the whole batches is more than a batch cut by the fetch's size.</summary>
    private static bool IsMalformed(ReadOnlySpan<byte> rest)
        => rest.Length > RecordBatch.MagicAt
            && (new RecordBatch(rest).Magic != RecordBatch.CurrentMagic || new RecordBatch(rest).SizeInBytes <= rest.Length);

    private void RequireLoop() => Invariant.Holds(segments.Loop is null or { IsCurrent: true });

    private void RequireUsable()
    {
        RequireLoop();
        if (failure is { } error)
            throw error;
        Invariant.Holds(!closed);
    }

    private void CloseFiles()
    {
        foreach (var segment in view.Segments)
            segment.Close();
    }

    private void Guard(Action change)
    {
        try
        {
            change();
        }
        catch (DiskError error)
        {
            failure = error;
            throw;
        }
    }
}
