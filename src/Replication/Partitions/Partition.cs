using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// One partition on this broker: its role, its epochs, its log and its high watermark. All state changes happen on the partition's loop;
/// readers on any thread use <see cref="Snapshot"/>. LogStartOffset ≤ HighWatermark ≤ LogEndOffset. KIP-101, KIP-320, KIP-497.
/// </summary>
public sealed class Partition
{
    private readonly ILoop loop;
    private readonly PartitionSettings settings;
    private readonly ProduceWaiters produceWaiters = new();
    private volatile PartitionSnapshot snapshot;
    private PartitionLeadership leadership;
    private LeaderState? leader;
    private long highWatermark;

    public Partition(TopicPartition name, ILoop loop, PartitionSettings settings)
    {
        (Name, this.loop, this.settings) = (name, loop, settings);
        leadership = new PartitionLeadership(
            TopicId.Zero, PartitionRole.None, BrokerId.None, LeaderEpoch.Unknown, PartitionEpoch.Unknown, -1, null);
        snapshot = new PartitionSnapshot(leadership, 0, 0, 0);
    }

    public TopicPartition Name { get; }

    /// <summary>The state as of now; may be read on any thread.</summary>
    public PartitionSnapshot Snapshot => snapshot;

    internal FetchWatches FetchWatches { get; } = new();

    /// <summary>
    /// Appends as leader. The bytes are changed in place (offsets, epoch) and not looked at after the append, even while the result still
    /// waits for the high watermark. Runs on the caller's thread when the partition is idle; with acks 1, or one replica, the result is
    /// then there at once.
    /// </summary>
    /// <param name="requiredAcks">−1 waits until all in-sync replicas have the records; 0 and 1 do not.</param>
    /// <param name="v2Only">Whether another record format is a broken request rather than one not served.</param>
    /// <param name="timeout">How long acks −1 may wait; then RequestTimedOut, with the records still in the log.</param>
    public ValueTask<AppendOutcome> Append(Memory<byte> records, AppendOrigin origin, short requiredAcks, bool v2Only, TimeSpan timeout)
    {
        var append = AwaitedAppend.Take();
        append.Partition = this;
        append.Records = records;
        append.Origin = origin;
        append.RequiredAcks = requiredAcks;
        append.V2Only = v2Only;
        append.Timeout = timeout;
        var task = append.Task;
        loop.RunOrPost(append);
        return task;
    }

    /// <summary>
    /// Appends with acks −1 for a coordinator: told of the append and then of the commit. Refused with NotLeaderOrFollower when this broker
    /// leads in another epoch.
    /// </summary>
    public void Append(Memory<byte> records, AppendOrigin origin, LeaderEpoch leaderEpoch, TimeSpan timeout, IAppendObserver observer)
        => loop.RunOrPost(new ObservedAppend(observer)
        {
            Partition = this,
            Records = records,
            Origin = origin,
            RequiredAcks = -1,
            V2Only = true,
            ExpectedLeaderEpoch = leaderEpoch,
            Timeout = timeout,
        });

    /// <summary>Reads whole batches from the one that holds the fetch offset on; on any thread.</summary>
    public ReadOutcome Read(in ReadRequest request, bool atLeastOneBatch) => PartitionReader.Read(this, snapshot, request, atLeastOneBatch);

    /// <summary>
    /// Where a time, or one of Kafka's named places, is. Looking into segments is the loop's; the ends are known to any thread.
    /// </summary>
    public ValueTask<OffsetAnswer> FindOffset(OffsetQuery query)
        => query.IsEnd
            ? ValueTask.FromResult(PartitionLookup.Find(snapshot, query))
            : new ValueTask<OffsetAnswer>(loop.Ask(() => Look(query)));

    /// <summary>
    /// The oldest clients' answer: first offsets of segments written to at the time or before, and the end; newest first.
    /// </summary>
    public Task<OldStyleOffsets> FindOldStyleOffsets(OffsetQuery query, int countMax)
        => loop.Ask(() => PartitionLookup.FindOldStyle(snapshot, query, countMax, settings.Time.GetUtcNow().ToUnixTimeMilliseconds()));

    /// <summary>Where a leader epoch ended in the leader's log; undefined when this log does not know. KIP-101.</summary>
    public KafkaError FindEndOf(LeaderEpoch epoch, LeaderEpoch known, out EpochEndOffset end)
        => PartitionLookup.FindEndOf(snapshot, epoch, known, out end);

    /// <summary>Leads from now on, or goes on leading with another ISR. False when the state is older than what is known.</summary>
    public Task<bool> BecomeLeader(PartitionState state, PartitionLog log) => loop.Ask(() => Guarded(() => Lead(state, log)));

    /// <summary>Follows another broker from now on. False when the state is older than what is known.</summary>
    public Task<bool> BecomeFollower(PartitionState state, PartitionLog log) => loop.Ask(() => Guarded(() => Follow(state, log)));

    /// <summary>
    /// This broker has no part in the partition any more; what waits is refused. The log is the caller's to close or delete.
    /// </summary>
    public Task<bool> Stop() => loop.Ask(() => Leave(PartitionRole.Stopped, KafkaError.NotLeaderOrFollower));

    /// <summary>The log dir has failed.</summary>
    public Task<bool> GoOffline() => loop.Ask(() => Leave(PartitionRole.Offline, KafkaError.KafkaStorageError));

    /// <summary>Runs maintenance of the log (retention, flush) on the loop that owns its writes; does nothing without a log.</summary>
    public Task<bool> Maintain(Action<PartitionLog, long> work) => loop.Ask(() => Maintained(work));

    /// <summary>Takes over the topic id that a newer controller tells of a partition which has none; the reign goes on.</summary>
    public Task<bool> AdoptTopicId(TopicId topicId) => loop.Ask(() => Adopted(topicId));

    internal void Enter(FetchWatch watch) => loop.RunOrPost(watch);

    /// <summary>
    /// A reader met a failed disk operation in the log that a snapshot gave it: the log dir goes offline, unless the partition has another
    /// log by then. On any thread.
    /// </summary>
    public void ReadFailed(PartitionLog log, DiskError error) => loop.Post(() =>
    {
        if (ReferenceEquals(leadership.Log, log))
            Fail(error);
    });

    /// <summary>An append is not looked at after its completion: whoever awaited it may have put it to another use.</summary>
    internal void Run(PendingAppend append)
    {
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
        if (isInLog)
            FetchWatches.Look(snapshot);
    }

    internal void TimeOut(PendingAppend append)
    {
        if (!produceWaiters.TryTake(append))
            return;
        append.Deadline = null;
        append.Complete(append.Outcome with { Error = KafkaError.RequestTimedOut });
    }

    private AppendOutcome Write(PendingAppend append)
    {
        if (CheckAppend(append) is var refused and not KafkaError.None)
            return AppendOutcome.Failed(refused);
        try
        {
            var result = leadership.Log!.AppendAsLeader(append.Records, leadership.LeaderEpoch, append.Origin, append.V2Only);
            return new AppendOutcome(
                result.Error, result.FirstOffset, result.LastOffset, result.LogAppendTimeMs, result.LogStartOffset, result.Message,
                result.RecordErrors);
        }
        catch (DiskError error)
        {
            Fail(error);
            return AppendOutcome.Failed(KafkaError.KafkaStorageError);
        }
    }

    private KafkaError CheckAppend(PendingAppend append)
    {
        if (leadership.Role == PartitionRole.Offline)
            return KafkaError.KafkaStorageError;
        if (leader is null || (append.ExpectedLeaderEpoch.Value >= 0 && append.ExpectedLeaderEpoch != leadership.LeaderEpoch))
            return KafkaError.NotLeaderOrFollower;
        return append.RequiredAcks == -1 && leader.IsBelowMinIsr(MinInSyncReplicas) ? KafkaError.NotEnoughReplicas : KafkaError.None;
    }

    /// <summary>The answer to an append that is in the log; null when it waits for the high watermark from here on.</summary>
    private AppendOutcome? Settle(PendingAppend append, in AppendOutcome written)
    {
        append.Outcome = written;
        append.Records = default;
        append.Appended();
        AdvanceHighWatermark();
        if (append.RequiredAcks != -1)
            return written;
        if (written.LastOffset < highWatermark)
            return Committed(append);
        if (append.Timeout <= TimeSpan.Zero)
            return written with { Error = KafkaError.RequestTimedOut };
        append.Deadline = new AppendDeadline(this, append);
        append.Deadline.Timer = loop.Schedule(append.Timeout, append.Deadline);
        produceWaiters.Add(append);
        return null;
    }

    /// <summary>The answer to an append that the high watermark has passed.</summary>
    private AppendOutcome Committed(PendingAppend append)
    {
        var tooFew = leader!.IsMaximalBelowMinIsr(MinInSyncReplicas);
        return tooFew ? append.Outcome with { Error = KafkaError.NotEnoughReplicasAfterAppend } : append.Outcome;
    }

    private static void StopDeadline(PendingAppend append)
    {
        append.Deadline?.Timer?.Dispose();
        append.Deadline = null;
    }

    /// <summary>Moves the high watermark as far as the rule lets it, publishes, and completes the appends it has passed.</summary>
    private void AdvanceHighWatermark()
    {
        var log = leadership.Log!;
        if (leader is not null)
        {
            var rule = new HighWatermarkRule(
                MinInSyncReplicas, settings.Time.GetUtcNow(), settings.ReplicaLagTimeMax, settings.LiveBrokers);
            highWatermark = leader.HighWatermark(highWatermark, log.LogEndOffset, rule);
        }
        Publish();
        while (produceWaiters.TryTakePassed(highWatermark, out var passed))
        {
            StopDeadline(passed);
            passed.Complete(Committed(passed));
        }
    }

    private void Publish()
    {
        if (leadership.Log is { } log)
        {
            Invariant.Holds(log.LogStartOffset <= highWatermark && highWatermark <= log.LogEndOffset);
            snapshot = new PartitionSnapshot(leadership, log.LogStartOffset, highWatermark, log.LogEndOffset);
        }
        else
            snapshot = new PartitionSnapshot(leadership, snapshot.LogStartOffset, highWatermark, snapshot.LogEndOffset);
    }

    private bool Lead(PartitionState state, PartitionLog log)
    {
        if (state.PartitionEpoch.Value < leadership.PartitionEpoch.Value || leadership.Role == PartitionRole.Offline)
            return false;
        var isr = new Isr(state.Isr);
        var logEndOffset = Adopt(log, state.TopicId);
        if (leader is null || state.LeaderEpoch != leadership.LeaderEpoch)
        {
            // Also without data: a reader that knows an older epoch must learn where that one ended. KIP-101.
            log.AssignLeaderEpoch(state.LeaderEpoch, logEndOffset);
            leader = new LeaderState(settings.Self, state.Replicas, isr, settings.Time.GetUtcNow());
            Reign(new PartitionLeadership(
                KnownId(state), PartitionRole.Leader, settings.Self, state.LeaderEpoch, state.PartitionEpoch, logEndOffset, log), isr);
        }
        else
        {
            leader.Isr = isr;
            Reign(leadership with { PartitionEpoch = state.PartitionEpoch }, isr);
        }
        AdvanceHighWatermark();
        FetchWatches.Look(snapshot);
        return true;
    }

    private bool Follow(PartitionState state, PartitionLog log)
    {
        if (state.PartitionEpoch.Value < leadership.PartitionEpoch.Value || leadership.Role == PartitionRole.Offline)
            return false;
        Adopt(log, state.TopicId);
        leader = null;
        Reign(
            new PartitionLeadership(KnownId(state), PartitionRole.Follower, state.Leader, state.LeaderEpoch, state.PartitionEpoch, -1, log),
            new Isr(state.Isr));
        Publish();
        RefuseWaiters(KafkaError.NotLeaderOrFollower);
        FetchWatches.Look(snapshot);
        return true;
    }

    private bool Leave(PartitionRole role, KafkaError error)
    {
        if (leadership.Role == role)
            return false;
        leader = null;
        leadership.Log?.Detach();
        Reign(leadership with { Role = role, Leader = BrokerId.None, Log = null }, null);
        Publish();
        RefuseWaiters(error);
        FetchWatches.Look(snapshot);
        return true;
    }

    /// <summary>A change of role that the disk may fail.</summary>
    private bool Guarded(Func<bool> change)
    {
        try
        {
            return change();
        }
        catch (DiskError error)
        {
            Fail(error);
            return false;
        }
    }

    private bool Maintained(Action<PartitionLog, long> work)
    {
        if (leadership.Log is not { } log)
            return false;
        try
        {
            work(log, highWatermark);
        }
        catch (DiskError error)
        {
            Fail(error);
            return false;
        }
        highWatermark = Math.Max(highWatermark, log.LogStartOffset);
        Publish();
        FetchWatches.Look(snapshot);
        return true;
    }

    private OffsetAnswer Look(OffsetQuery query)
    {
        try
        {
            return PartitionLookup.Find(snapshot, query);
        }
        catch (DiskError error)
        {
            Fail(error);
            return OffsetAnswer.Failed(KafkaError.KafkaStorageError);
        }
    }

    private bool Adopted(TopicId topicId)
    {
        if (leadership.Log is not { } log || !leadership.TopicId.IsZero)
            return false;
        log.AssignTopicId(topicId);
        leadership = leadership with { TopicId = topicId };
        Publish();
        return true;
    }

    private TopicId KnownId(PartitionState state) => state.TopicId.IsZero ? leadership.TopicId : state.TopicId;

    /// <summary>
    /// Takes a log over and ties it to its topic; the first time, with the high watermark of the checkpoint, which may be behind the log's
    /// start or (after a torn tail) beyond its end.
    /// </summary>
    private long Adopt(PartitionLog log, TopicId topicId)
    {
        if (!ReferenceEquals(leadership.Log, log))
        {
            log.AttachTo(loop);
            highWatermark = Math.Clamp(settings.CheckpointedHighWatermark(Name), log.LogStartOffset, log.LogEndOffset);
        }
        if (!topicId.IsZero)
            log.AssignTopicId(topicId);
        return log.LogEndOffset;
    }

    private void Reign(PartitionLeadership next, Isr? isr)
    {
        settings.Log.Info(
            "partition",
            $"partition={Name} role={next.Role} leaderEpoch={leadership.LeaderEpoch}→{next.LeaderEpoch} "
            + $"partitionEpoch={next.PartitionEpoch} leader={next.Leader} isr={isr}");
        leadership = next;
    }

    private void RefuseWaiters(KafkaError error)
    {
        while (produceWaiters.TryTakeAny(out var append))
        {
            StopDeadline(append);
            append.Complete(append.Outcome with { Error = error });
        }
    }

    /// <summary>A failed disk operation: this partition stops serving at once, and the log dir's others when they are told.</summary>
    private void Fail(DiskError error)
    {
        Leave(PartitionRole.Offline, KafkaError.KafkaStorageError);
        settings.DiskFailed(error);
    }

    private int MinInSyncReplicas => leadership.Log!.Config.InSyncReplicasMin;
}
