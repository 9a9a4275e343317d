using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Following;

/// <summary>
/// The follower's part of a partition, for one leader epoch: appends what the leader has, cuts what the leader has otherwise, and follows
/// its high watermark and its log's start. A fetcher asks the leader and brings the answers here. Made when the controller names another
/// broker the leader and dropped with the next decision. Touched only on the partition's loop.
/// </summary>
internal sealed class PartitionFollower(
    IPublishedPartition partition, PartitionLog log, ILoop loop, ILog events, BrokerId leader, LeaderEpoch leaderEpoch)
{
    private PartitionLog log = log;
    private bool hasTruncated;
    private TaskCompletionSource<FollowerStep>? flushWaiter;

    public BrokerId Leader => leader;

    public LeaderEpoch LeaderEpoch => leaderEpoch;

    /// <summary>Whether the replica copies nothing more until the controller's next decision.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Stops the copying, for a StopReplica without deletion. False when it was stopped before.</summary>
    public bool Stop()
    {
        Invariant.Holds(loop.IsCurrent);
        var wasStopped = IsStopped;
        IsStopped = true;
        EndWait(FollowerStep.Ended);
        return !wasStopped;
    }

    /// <summary>The partition follows no more, or another.</summary>
    public void End() => EndWait(FollowerStep.Ended);

    /// <summary>Changes nothing; tells where the log is once its end may be acknowledged.</summary>
    public Task<FollowerStep> WaitForFlush()
    {
        Invariant.Holds(loop.IsCurrent);
        if (IsAcknowledgeable)
            return Task.FromResult(Look());
        // The continuation is the fetcher's code; it must not run on this partition's loop.
        flushWaiter ??= new TaskCompletionSource<FollowerStep>(TaskCreationOptions.RunContinuationsAsynchronously);
        return flushWaiter.Task;
    }

    /// <summary>More of the log may be durable.</summary>
    public void Flushed()
    {
        Invariant.Holds(loop.IsCurrent);
        if (flushWaiter is not null && IsAcknowledgeable)
            EndWait(Look());
    }

    /// <summary>A log that is equal has taken the place of the partition's.</summary>
    public void ReplaceLog(PartitionLog replacement)
    {
        Invariant.Holds(loop.IsCurrent && replacement.LogEndOffset == log.LogEndOffset);
        log = replacement;
    }

    private bool IsAcknowledgeable => log.AcknowledgeableOffset >= log.LogEndOffset;

    /// <summary>Changes nothing; tells where the log is.</summary>
    public FollowerStep Look() => Step(FollowerStepResult.Done);

    /// <summary>
    /// Appends what a fetch brought, then takes over the leader's high watermark and log start as far as this log reaches. The high
    /// watermark does not go back: what was committed once is, however far a new leader's own has come.
    /// </summary>
    public FollowerStep Append(FetchedRecords fetched)
    {
        Invariant.Holds(loop.IsCurrent);
        if (fetched.FetchOffset != log.LogEndOffset)
            return Failed($"records were fetched from offset {fetched.FetchOffset}, and the log ends at {log.LogEndOffset}");
        if (fetched.Records.Length > 0 && Append(fetched.Records) is { } refused)
            return refused;
        var highWatermark = Math.Max(partition.HighWatermark, Math.Min(fetched.HighWatermark, log.LogEndOffset));
        if (fetched.LogStartOffset > log.LogStartOffset)
            log.RaiseLogStartOffset(Math.Min(fetched.LogStartOffset, highWatermark));
        partition.Publish(Math.Max(highWatermark, log.LogStartOffset));
        return Step(FollowerStepResult.Done);
    }

    /// <summary>Cuts the log where the leader says that its own parts from it. KIP-101.</summary>
    public FollowerStep TruncateBy(EpochEndOffset leaderEnd)
    {
        var truncation = FollowerTruncation.Decide(leaderEnd, log.LeaderEpochs, log.LogEndOffset, partition.HighWatermark);
        TruncateTo(truncation.Offset);
        return Step(truncation.IsComplete ? FollowerStepResult.Done : FollowerStepResult.TruncatedFurther);
    }

    /// <summary>Cuts the log to what is known to be committed: all that a replica knows to do without leader epochs.</summary>
    public FollowerStep TruncateToHighWatermark()
    {
        TruncateTo(partition.HighWatermark);
        return Step(FollowerStepResult.Done);
    }

    /// <summary>
    /// Brings a log of which the leader has not the next offset back to what the leader has: it ends with the leader's, or it begins anew
    /// where the leader's begins.
    /// </summary>
    public FollowerStep ReturnInto(long leaderLogStartOffset, long leaderLogEndOffset)
    {
        Invariant.Holds(loop.IsCurrent);
        if (leaderLogEndOffset < log.LogEndOffset)
            TruncateTo(leaderLogEndOffset);
        else if (leaderLogStartOffset > log.LogEndOffset)
            BeginAnewAt(leaderLogStartOffset);
        return Step(FollowerStepResult.Done);
    }

    /// <summary>Null when the records are in the log.</summary>
    private FollowerStep? Append(ReadOnlyMemory<byte> records)
    {
        var result = log.AppendAsFollower(records);
        // The leader's first batch may begin below an offset at which this log begins: it was compacted, or the leader's start lies inside.
        if (result.Error == KafkaError.OffsetOutOfRange && log.LogStartOffset == log.LogEndOffset)
        {
            var first = new RecordBatch(records.Span);
            if (first.LastOffset >= log.LogEndOffset)
            {
                BeginAnewAt(first.BaseOffset);
                result = log.AppendAsFollower(records);
            }
        }
        return result.Error switch
        {
            KafkaError.None => null,
            KafkaError.CorruptMessage => Step(FollowerStepResult.Corrupt),
            var error => Failed($"the leader's records do not continue a log that ends at {log.LogEndOffset}: {error}"),
        };
    }

    private void TruncateTo(long offset)
    {
        Invariant.Holds(loop.IsCurrent);
        if (offset < partition.HighWatermark)
            events.Warn(
                "partition",
                $"partition={partition.Name} leaderEpoch={leaderEpoch} leader={leader} truncating to offset={offset} below "
                + $"highWatermark={partition.HighWatermark}: an unclean election, or a leader that has lost records");
        hasTruncated |= offset < log.LogEndOffset;
        log.TruncateTo(offset);
        partition.Publish(Math.Clamp(partition.HighWatermark, log.LogStartOffset, log.LogEndOffset));
    }

    private void BeginAnewAt(long offset)
    {
        hasTruncated = true;
        log.TruncateFullyAndStartAt(offset);
        partition.Publish(offset);
    }

    private FollowerStep Failed(string reason) => Step(FollowerStepResult.Failed) with { Reason = reason };

    private FollowerStep Step(FollowerStepResult result)
    {
        Invariant.Holds(loop.IsCurrent);
        var position = new FollowerPosition(
            log.LogStartOffset, partition.HighWatermark, log.LogEndOffset, log.LeaderEpochs.LatestEpoch, hasTruncated, IsAcknowledgeable);
        hasTruncated = false;
        return new FollowerStep(result, position);
    }

    private void EndWait(FollowerStep step)
    {
        var waiter = flushWaiter;
        flushWaiter = null;
        waiter?.SetResult(step);
    }
}
