using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The leader's part of a partition, for one leader epoch: appends to the log, takes in how far the followers and the log's own flushes
/// are, moves the high watermark as far as that lets it, answers what waits for them, deletes records before an offset, and keeps the ISR
/// true. Made and dropped by the partition as the controller decides; the waiters are handed from one epoch's leader to the next. Touched
/// only on the partition's loop.
/// </summary>
internal sealed class PartitionLeader
{
    private readonly ILedPartition partition;
    private PartitionLog log;
    private readonly ILoop loop;
    private readonly LeaderWaiters waiters;
    private readonly LeaderSettings settings;
    private readonly LeaderEpoch leaderEpoch;
    private readonly ReplicaProgress replicas;
    private readonly IsrChanges isrChanges;

    /// <param name="partition">Whose part this is.</param>
    /// <param name="log">The partition's, with the epoch assigned.</param>
    /// <param name="loop">The partition's.</param>
    /// <param name="waiters">What still waits from earlier epochs, and what is to come.</param>
    /// <param name="settings">What all leaders of this broker share.</param>
    /// <param name="leaderEpoch">The epoch.</param>
    /// <param name="epochStartOffset">Where the log ended when the epoch began.</param>
    /// <param name="replicas">The followers as the epoch begins.</param>
    public PartitionLeader(
        ILedPartition partition,
        PartitionLog log,
        ILoop loop,
        LeaderWaiters waiters,
        LeaderSettings settings,
        LeaderEpoch leaderEpoch,
        long epochStartOffset,
        ReplicaProgress replicas)
    {
        (this.partition, this.log, this.loop, this.waiters, this.settings) = (partition, log, loop, waiters, settings);
        (this.leaderEpoch, this.replicas) = (leaderEpoch, replicas);
        isrChanges = new IsrChanges(partition, loop, settings, leaderEpoch, epochStartOffset, replicas, AdvanceHighWatermark);
    }

    public LeaderEpoch LeaderEpoch => leaderEpoch;

    /// <inheritdoc cref="ReplicaProgress.InSyncFollowers"/>
    public IReadOnlyList<FollowerProgress> InSyncFollowers => replicas.InSyncFollowers;

    /// <inheritdoc cref="ReplicaProgress.LowWatermark"/>
    public long LowWatermark => replicas.LowWatermark(log.LogStartOffset, settings.LiveBrokers);

    private int MinInSyncReplicas => log.Config.InSyncReplicasMin;

    /// <summary>A log that is equal has taken the place of the partition's.</summary>
    public void ReplaceLog(PartitionLog replacement)
    {
        Invariant.Holds(loop.IsCurrent && replacement.LogEndOffset == log.LogEndOffset);
        log = replacement;
    }

    /// <summary>The controller has committed another ISR within this leader epoch.</summary>
    public void ChangeIsr(Isr isr)
    {
        Invariant.Holds(loop.IsCurrent);
        replicas.Isr = isr;
    }

    /// <summary>
    /// Takes in how far a follower is: it may join the ISR, and the high watermark may move. Nothing happens for a fetch from another
    /// leader epoch, or of a broker that is no replica.
    /// </summary>
    public void Record(in FollowerFetch fetch)
    {
        Invariant.Holds(loop.IsCurrent);
        if (fetch.LeaderEpoch != leaderEpoch || replicas.Follower(fetch.Replica) is not { } follower)
            return;
        var (logEndOffsetBefore, logStartOffsetBefore) = (follower.LogEndOffset, follower.LogStartOffset);
        if (!follower.TryRecord(fetch))
            return;
        isrChanges.Consider(follower);
        if (follower.LogEndOffset != logEndOffsetBefore)
            AdvanceHighWatermark();
        else if (follower.LogStartOffset != logStartOffsetBefore)
            AnswerDeletions();
    }

    /// <summary>
    /// Has followers that lag removed from the ISR; called each half of <c>replica.lag.time.max.ms</c>. A follower outside of the ISR that
    /// has stopped no longer holds the high watermark back then.
    /// </summary>
    public void RemoveLagging()
    {
        Invariant.Holds(loop.IsCurrent);
        isrChanges.RemoveLagging(log.LogEndOffset);
        AdvanceHighWatermark();
    }

    /// <summary>
    /// Appends, and answers unless the append has to wait for a flush or for the high watermark. True when the records are in the log.
    /// </summary>
    public bool Append(LeaderAppend append)
    {
        Invariant.Holds(loop.IsCurrent);
        AppendOutcome? outcome = AppendOutcome.Failed(KafkaError.UnknownServerError);
        var isInLog = false;
        try
        {
            var written = Write(append);
            isInLog = written.Error == KafkaError.None;
            outcome = isInLog ? Settle(append, written) : written;
        }
        finally
        {
            // An exception that leaves here is a bug of ours and is logged by the loop; whoever waits must still hear of it.
            if (outcome is { } decided)
                append.Complete(decided);
        }
        return isInLog;
    }

    /// <summary>
    /// Moves the high watermark as far as it may go, shows it to readers, and answers what has waited for long enough.
    /// </summary>
    public void AdvanceHighWatermark()
    {
        Invariant.Holds(loop.IsCurrent);
        var conditions = new HighWatermarkConditions(
            MinInSyncReplicas, settings.Time.GetUtcNow(), settings.ReplicaLagTimeMax, settings.LiveBrokers);
        partition.Publish(
            replicas.HighWatermark(partition.HighWatermark, log.LogEndOffset, log.AcknowledgeableOffset, conditions));
        while (waiters.Flushes.TryTakePassed(log.AcknowledgeableOffset, out var flushed))
        {
            if (Acknowledge(flushed) is { } outcome)
                flushed.Complete(outcome);
        }
        while (waiters.Appends.TryTakePassed(partition.HighWatermark, out var passed))
            passed.Complete(Committed(passed));
        AnswerDeletions();
    }

    /// <summary>
    /// Raises the log's start to the offset of the deletion, and answers when live replicas have raised theirs. Segments that lie below it
    /// go with retention's next look.
    /// </summary>
    public void Delete(RecordDeletion deletion)
    {
        Invariant.Holds(loop.IsCurrent);
        DeletionOutcome? outcome = DeletionOutcome.Failed(KafkaError.UnknownServerError);
        try
        {
            outcome = RaiseLogStart(deletion);
        }
        finally
        {
            // As for an append: whoever waits must hear of a bug of ours too.
            if (outcome is { } decided)
                deletion.Complete(decided);
        }
    }

    /// <summary>The answer to a deletion; null when it waits for other replicas from here on.</summary>
    private DeletionOutcome? RaiseLogStart(RecordDeletion deletion)
    {
        var offset = deletion.Offset == RecordDeletion.HighWatermark ? partition.HighWatermark : deletion.Offset;
        if (Refuse(offset) is { } error)
            return DeletionOutcome.Failed(error);
        var before = log.LogStartOffset;
        try
        {
            if (log.RaiseLogStartOffset(offset))
                settings.Log.Info("partition", $"partition={partition.Name} logStartOffset={before}→{offset} by DeleteRecords");
        }
        catch (DiskError failure)
        {
            partition.Fail(failure);
            return DeletionOutcome.Failed(KafkaError.KafkaStorageError);
        }
        partition.Publish(partition.HighWatermark);
        var lowWatermark = LowWatermark;
        if (lowWatermark >= offset)
            return new DeletionOutcome(KafkaError.None, lowWatermark);
        if (deletion.Timeout <= TimeSpan.Zero)
            return new DeletionOutcome(KafkaError.RequestTimedOut, lowWatermark);
        waiters.Deletions.Add(deletion, offset, lowWatermark);
        return null;
    }

    /// <summary>Why records before the offset are not deleted; null when they are.</summary>
    private KafkaError? Refuse(long offset)
    {
        if (!settings.MayLead())
            return KafkaError.NotLeaderOrFollower;
        if ((log.Config.CleanupPolicy & CleanupPolicy.Delete) == 0)
            return KafkaError.PolicyViolation;
        return offset < 0 || offset > partition.HighWatermark ? KafkaError.OffsetOutOfRange : null;
    }

    private void AnswerDeletions()
    {
        if (waiters.Deletions.Count > 0)
            waiters.Deletions.Reach(LowWatermark);
    }

    private AppendOutcome Write(LeaderAppend append)
    {
        if (append.ExpectedLeaderEpoch.Value >= 0 && append.ExpectedLeaderEpoch != leaderEpoch)
            return AppendOutcome.Failed(KafkaError.NotLeaderOrFollower);
        if (!settings.MayLead())
            return AppendOutcome.Failed(KafkaError.NotLeaderOrFollower);
        if (append.RequiredAcks == -1 && replicas.IsBelowMinIsr(MinInSyncReplicas))
            return AppendOutcome.Failed(KafkaError.NotEnoughReplicas);
        try
        {
            var result = log.AppendAsLeader(append.Records, leaderEpoch, append.Origin, append.V2Only, append.Guard);
            return new AppendOutcome(
                result.Error, result.FirstOffset, result.LastOffset, result.LogAppendTimeMs, result.LogStartOffset, result.Message,
                result.RecordErrors);
        }
        catch (DiskError error)
        {
            partition.Fail(error);
            return AppendOutcome.Failed(KafkaError.KafkaStorageError);
        }
    }

    /// <summary>
    /// The answer to an append that is in the log; null when it waits from here on. A repeat waits too for what the first one waits for.
    /// </summary>
    private AppendOutcome? Settle(LeaderAppend append, in AppendOutcome written)
    {
        append.Outcome = written;
        append.Records = default;
        append.Appended();
        AdvanceHighWatermark();
        if (append.RequiredAcks == 0 || written.LastOffset < log.AcknowledgeableOffset)
            return Acknowledge(append);
        // Without a deadline: as in Kafka, where appends are flushed before they wait for replicas, only that wait is timed.
        waiters.Flushes.Add(append);
        return null;
    }

    /// <summary>
    /// The answer to an append of which this broker has what it needs; null when it waits for the high watermark from here on.
    /// </summary>
    private AppendOutcome? Acknowledge(LeaderAppend append)
    {
        if (append.RequiredAcks != -1)
            return append.Outcome;
        if (append.Outcome.LastOffset < partition.HighWatermark)
            return Committed(append);
        if (append.Timeout <= TimeSpan.Zero)
            return append.Outcome with { Error = KafkaError.RequestTimedOut };
        waiters.Appends.Add(append, append.Timeout);
        return null;
    }

    /// <summary>The answer to an append that the high watermark has passed.</summary>
    private AppendOutcome Committed(LeaderAppend append)
    {
        var tooFew = replicas.IsMaximalBelowMinIsr(MinInSyncReplicas);
        return tooFew ? append.Outcome with { Error = KafkaError.NotEnoughReplicasAfterAppend } : append.Outcome;
    }
}
