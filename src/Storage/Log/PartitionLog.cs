using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// The log of one partition on disk: <c>LogStartOffset ≤ LogEndOffset</c> and <c>RecoveryPoint ≤ LogEndOffset</c>. The one type that a
/// partition's loop changes its log through, and on which it asserts that it is that loop (see <see cref="AttachTo"/>); readers on other
/// threads use <see cref="ReadOnly"/>. A <see cref="DiskError"/> passes through. What the failed call had done by then stays: readers see
/// the view that was published last, files may hold a part of the change, which the next start mends. From then on the log refuses
/// changes with that error, because its dir goes offline.
/// </summary>
public sealed class PartitionLog
{
    private readonly LogState state;
    private readonly LogFlush flush;
    private readonly LogRoll roll;
    private readonly LogAppender appender;
    private readonly LogTruncation truncation;
    private readonly LogRetention retention;

    private PartitionLog(LogOpenOptions options, LoadedLog loaded)
    {
        state = new LogState(options, loaded);
        flush = new LogFlush(state, loaded.RecoveryPoint);
        roll = new LogRoll(state, flush);
        appender = new LogAppender(state, roll, flush);
        truncation = new LogTruncation(state, flush);
        retention = new LogRetention(state, roll);
        Compaction = new LogCompaction(state);
    }

    /// <summary>The log for readers, on any thread.</summary>
    public ReadOnlyLog ReadOnly => state.ReadOnly;

    public TopicPartition Partition => ReadOnly.Partition;
    public string Directory => state.Options.Directory;
    public LogConfig Config => ReadOnly.Config;
    public TopicId TopicId => ReadOnly.TopicId;
    public LeaderEpochs LeaderEpochs => ReadOnly.LeaderEpochs;
    public long LogStartOffset => ReadOnly.LogStartOffset;
    /// <summary>Exclusive: the offset that the next record gets.</summary>
    public long LogEndOffset => ReadOnly.LogEndOffset;
    /// <summary>All below is durable.</summary>
    public long RecoveryPoint => flush.RecoveryPoint;
    /// <summary>
    /// Exclusive: what lies below may be acknowledged as far as <c>flush.messages</c> goes, and with 1 it is durable. It is the log's end
    /// but for records whose append has asked for a flush that is yet to end. Read where the log is changed.
    /// </summary>
    public long AcknowledgeableOffset => flush.AcknowledgeableOffset;
    public long SizeInBytes => ReadOnly.SizeInBytes;
    public IReadOnlyList<LogSegment> Segments => ReadOnly.Segments;
    /// <summary>Why the log takes no changes any more; null while it does.</summary>
    public DiskError? Failure => state.Lifetime.Failure;
    /// <summary>What a cleaner does to the log where the log is changed.</summary>
    internal LogCompaction Compaction { get; }
    /// <summary>Read where the log is changed.</summary>
    public ProducerStates ProducerStates => state.Producers;

    /// <summary>Opens the log in a folder, making it when the folder is empty; recovers it when it was not closed properly.</summary>
    public static PartitionLog Open(LogOpenOptions options)
    {
        var log = new PartitionLog(options, LogLoader.Load(options));
        try
        {
            // Else the high watermark of a leader would go back behind a kill, to what was known to be flushed.
            log.flush.FlushIfAsked();
            return log;
        }
        catch
        {
            log.Abandon();
            throw;
        }
    }

    /// <summary>
    /// Gives the log to a loop, which alone changes it until <see cref="Detach"/>; what was done aside for the log is reported there.
    /// A log without a loop belongs to whoever opened it: at the start and at the end of its life to its log dir.
    /// </summary>
    /// <param name="loop">The loop, which this is called on.</param>
    /// <param name="onFlushed">Told there when <see cref="AcknowledgeableOffset"/> may have risen behind an append.</param>
    public void AttachTo(ILoop loop, Action? onFlushed = null)
    {
        state.Lifetime.AttachTo(loop);
        flush.OnFlushed = onFlushed;
        if (state.Lifetime.IsUsable)
            state.Lifetime.Change(flush.FlushIfAsked);
    }

    internal bool IsClosed => state.Lifetime.IsClosed;

    /// <summary>Whether a loop has the log.</summary>
    public bool IsAttached => state.Lifetime.Loop is not null;

    /// <summary>The loop gives the log back and does not change it any more; its log dir may close or delete it then.</summary>
    public void Detach()
    {
        Compaction.Abort();
        state.Lifetime.RequireOwner();
        flush.Forget();
        flush.OnFlushed = null;
        state.Lifetime.Detach();
    }

    /// <summary>
    /// Appends a leader's records: checks them, assigns offsets, epoch and timestamps in the given memory, writes once.
    /// <paramref name="v2Only"/> holds for requests that must carry exactly one batch of the current format; <paramref name="guard"/> is
    /// that of <see cref="BeginVerification"/>, for a transaction's first batch.
    /// </summary>
    public LogAppendResult AppendAsLeader(
        Memory<byte> records, LeaderEpoch leaderEpoch, AppendOrigin origin = AppendOrigin.Client, bool v2Only = true,
        VerificationGuard? guard = null)
    {
        state.Lifetime.RequireUsable();
        try
        {
            return appender.AppendAsLeader(records, leaderEpoch, origin, v2Only, guard);
        }
        catch (DiskError error)
        {
            state.Lifetime.Fail(error);
            throw;
        }
    }

    /// <summary>
    /// Appends what a leader's log holds: whole batches with rising offsets from the log's end on. A cut batch at the end is left for the
    /// next fetch. CorruptMessage when a checksum is wrong or offsets do not rise; OffsetOutOfRange when they begin below the log's end.
    /// Records of formats 0 and 1 are copied as they are.
    /// </summary>
    public LogAppendResult AppendAsFollower(ReadOnlyMemory<byte> records)
    {
        state.Lifetime.RequireUsable();
        try
        {
            return appender.AppendAsFollower(records.Span);
        }
        catch (DiskError error)
        {
            state.Lifetime.Fail(error);
            throw;
        }
    }

    /// <summary>
    /// The guard for a transaction's first batch, which its coordinator is asked about next; null when the producer's transaction is open
    /// here already. KIP-890.
    /// </summary>
    public VerificationGuard? BeginVerification(ProducerIdAndEpoch producer, int baseSequence)
    {
        state.Lifetime.RequireUsable();
        return state.Producers.BeginVerification(producer, baseSequence);
    }

    /// <summary>
    /// The last stable offset, exclusive, under that high watermark: no record below belongs to a transaction that is open, or whose marker
    /// the high watermark has yet to pass. The high watermark itself where no transaction holds it back. KIP-98.
    /// </summary>
    public long LastStableOffset(long highWatermark)
    {
        state.Lifetime.RequireOwner();
        var transactions = state.Producers.Unstable;
        transactions.Replicated(highWatermark);
        return transactions.FirstOffset is { } first ? Math.Min(highWatermark, Math.Max(first, LogStartOffset)) : highWatermark;
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
        => state.Lifetime.Change(() => state.LeaderEpochs.Assign(leaderEpoch, startOffset));

    public void UpdateConfig(LogConfig config)
    {
        state.Lifetime.RequireOwner();
        ReadOnly.Config = config;
        if (!config.IsCompacted)
            state.Cleaning?.Abort();
        // Whoever gives it to a loop asks then.
        if (state.Lifetime is { IsUsable: true, Loop: not null })
            state.Lifetime.Change(flush.FlushIfAsked);
    }

    /// <summary>Ties the folder to its topic; done once, before the first append. False when it belongs to another.</summary>
    public bool AssignTopicId(TopicId topicId)
    {
        state.Lifetime.RequireUsable();
        if (!TopicId.IsZero)
            return TopicId == topicId;
        state.Lifetime.Change(() => PartitionMetadataFile.Write(state.Options.Disk, Directory, topicId));
        ReadOnly.TopicId = topicId;
        return true;
    }

    /// <summary>
    /// Begins a new segment at the log's end (nothing happens when the last one is empty); the old one is flushed behind.
    /// </summary>
    public void Roll() => state.Lifetime.Change(() =>
    {
        if (state.View.Active.SizeInBytes > 0)
            roll.RollAt(LogEndOffset);
    });

    /// <summary>Makes everything appended durable.</summary>
    public void Flush() => state.Lifetime.Change(() => flush.FlushTo(LogEndOffset));

    /// <summary>
    /// Begins a flush when <c>flush.ms</c> has passed since the last one; called each <c>log.flush.scheduler.interval.ms</c>.
    /// </summary>
    public void FlushIfDue()
    {
        state.Lifetime.RequireOwner();
        if (state.Lifetime.IsUsable && flush.IsDue)
            state.Lifetime.Change(flush.FlushSoon);
    }

    /// <summary>
    /// Cuts the log so that it ends at the offset. A batch that holds the offset and begins before it goes whole, and the log ends where it
    /// began; a Kafka's ends at the offset all the same, and has a hole. Where the log ends there or before, only leader epochs go that
    /// begin at the offset or later: those of a leader that wrote nothing. KIP-279. Durable on return; the caller then writes recovery
    /// points, before the log grows again.
    /// </summary>
    public void TruncateTo(long offset) => state.Lifetime.Change(() =>
    {
        if (offset < state.View.Segments[0].BaseOffset)
            truncation.TruncateFullyAndStartAt(offset);
        else if (offset < LogEndOffset)
            truncation.TruncateTo(offset);
        else
            state.LeaderEpochs.TruncateFromEnd(offset);
    });

    /// <summary>Drops all and goes on at the offset, as a follower does whose leader no longer has the records that come next.</summary>
    public void TruncateFullyAndStartAt(long offset) => state.Lifetime.Change(() => truncation.TruncateFullyAndStartAt(offset));

    /// <summary>Raises the log's start for DeleteRecords or after a leader's; at most to the log's end. True when it moved.</summary>
    public bool RaiseLogStartOffset(long offset)
    {
        var isRaised = false;
        state.Lifetime.Change(() => isRaised = retention.RaiseLogStartOffset(offset));
        return isRaised;
    }

    /// <summary>
    /// Deletes the oldest segments that lie below the log's start or that retention by time or size no longer keeps, none past the high
    /// watermark. Returns how many.
    /// </summary>
    public int DeleteOldSegments(long highWatermark)
    {
        var count = 0;
        state.Lifetime.Change(() => count = retention.DeleteOldSegments(highWatermark));
        return count;
    }

    /// <summary>
    /// Has the log, which is a copy of one without a record from its end up to the offset, end there as that one does.
    /// </summary>
    internal void SkipTo(long offset) => state.Lifetime.Change(() =>
    {
        roll.RollAt(offset);
        state.Publish([.. state.View.Segments], state.View.LogStartOffset, offset);
    });

    /// <summary>
    /// Takes the place of the log that this is a copy of, up to its end. Returns what its log dir failed with, behind the replacement. A
    /// failure of this log's own dir is thrown, and then nothing is replaced. KIP-113.
    /// </summary>
    /// <param name="replaced">On the same loop.</param>
    /// <param name="directory">This log's folder from then on.</param>
    /// <param name="replacedDirectory">The folder of the other from then on; its files stay open for readers.</param>
    public DiskError? TakePlaceOf(PartitionLog replaced, string directory, string replacedDirectory)
        => new LogReplacement(state, replaced.state).Run(
            () => RenameFolder(directory), () => replaced.RenameFolder(replacedDirectory));

    /// <summary>
    /// Gives the log's folder another name within its log dir, durable on return, while the log is in use; a compaction under way ends.
    /// </summary>
    public void RenameFolder(string directory)
    {
        Compaction.Abort();
        state.Lifetime.Change(() =>
        {
            state.Options.Disk.Rename(Directory, directory);
            state.FolderRenamed(directory);
            state.Options.Disk.FlushDirectory(Path.GetDirectoryName(directory)!);
        });
    }

    /// <summary>Forgets producers that have been silent for long; called each <c>producer.id.expiration.check.interval.ms</c>.</summary>
    public void RemoveExpiredProducers()
    {
        state.Lifetime.RequireOwner();
        state.Producers.RemoveExpired();
    }

    /// <summary>
    /// Flushes, writes the producer snapshot and gives up the files. The clean-shutdown mark is the log dir's; a log that has failed throws
    /// its error again, so that its dir goes without the mark.
    /// </summary>
    public void Close()
    {
        state.Lifetime.RequireOwner();
        if (state.Lifetime.IsClosed)
            return;
        Compaction.Abort();
        try
        {
            state.Lifetime.Change(() =>
            {
                if (state.ProducerSnapshots.Take(state.Producers))
                    state.Files.NoteNewName();
                state.View.Active.AddLastTimeEntry();
                // The flush of the whole log leaves a segment out that has no records.
                if (state.View.Active.CutUnwrittenEnd())
                    state.View.Active.FlushRecords();
                flush.FlushAll();
                state.ProducerSnapshots.Flush(state.Producers.MapEndOffset);
            });
        }
        finally
        {
            state.Lifetime.Close();
            GiveUp();
        }
    }

    /// <summary>
    /// Gives up the files as they are, because the folder is being deleted or, with a reason, its dir is offline: then whoever still uses
    /// the log gets that error. From any loop; the files are closed on the log's own, which may be using them.
    /// </summary>
    public void Abandon(DiskError? reason = null)
    {
        state.Cleaning?.Abort();
        if (state.Lifetime.Abandon(reason))
            state.Lifetime.Defer(GiveUp);
    }

    private void GiveUp()
    {
        foreach (var segment in state.View.Segments)
            segment.Close();
        state.Files.CloseGiven();
        state.Producers.Release();
    }
}
