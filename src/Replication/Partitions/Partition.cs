using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Moving;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// One partition on this broker: which role the controller gave it, the log and high watermark that the role works on, and the snapshot of
/// them that is published after each change. What a leader and a follower do is theirs (<see cref="PartitionLeader"/>,
/// <see cref="PartitionFollower"/>); reading starts from the snapshot. All changes happen on the partition's loop; the snapshot may be read
/// on any thread. LogStartOffset ≤ HighWatermark ≤ LogEndOffset. KIP-101, KIP-320, KIP-497.
/// </summary>
public sealed class Partition : ILedPartition
{
    private readonly PartitionSettings settings;
    private readonly LeaderWaiters waiters;
    private volatile PartitionSnapshot snapshot = new(PartitionLeadership.None, 0, 0, 0, 0);
    private PartitionLeadership leadership = PartitionLeadership.None;
    // Set while this broker leads or follows.
    private PartitionLog? log;
    private volatile PartitionLeader? leader;
    private PartitionFollower? follower;
    private long highWatermark;

    public Partition(TopicPartition name, ILoop loop, PartitionSettings settings)
    {
        (Name, Loop, this.settings) = (name, loop, settings);
        waiters = new LeaderWaiters(loop);
        Watches = new SnapshotWatches(loop);
    }

    public TopicPartition Name { get; }

    /// <summary>The state as of now; may be read on any thread.</summary>
    public PartitionSnapshot Snapshot => snapshot;

    /// <summary>How far the followers in the ISR are, while this broker leads; may be read on any thread.</summary>
    public IReadOnlyList<FollowerProgress> InSyncFollowers => leader?.InSyncFollowers ?? [];

    internal ILoop Loop { get; }

    internal DateTimeOffset Now => settings.Leader.Time.GetUtcNow();

    /// <summary>Who is told of each new snapshot; touched only on the loop.</summary>
    internal SnapshotWatches Watches { get; }

    long IPublishedPartition.HighWatermark => highWatermark;

    TopicId ILedPartition.TopicId => leadership.TopicId;

    PartitionEpoch ILedPartition.PartitionEpoch => leadership.PartitionEpoch;

    /// <summary>
    /// A reader met a failed disk operation in the log that a snapshot gave it: the partition goes offline with its log dir, unless it has
    /// another log by then, or none. On any thread.
    /// </summary>
    public void ReadFailed(ReadOnlyLog read, DiskError error) => Loop.Post(() =>
    {
        if (ReferenceEquals(leadership.Log, read))
            Fail(error);
    });

    /// <summary>
    /// Leads from here on, or goes on leading with another ISR. The log becomes this partition's, tied to the topic of the decision.
    /// </summary>
    internal Task<RoleChange> BecomeLeader(LeaderAndIsrState state, PartitionLog taken)
        => Loop.Ask(() => Guarded(() => Lead(state, taken)));

    /// <summary>Follows another broker from here on. The log becomes this partition's, tied to the topic of the decision.</summary>
    internal Task<RoleChange> BecomeFollower(LeaderAndIsrState state, PartitionLog taken)
        => Loop.Ask(() => Guarded(() => Follow(state, taken)));

    /// <summary>Ties the log to the topic id that the controller tells of a partition which has none; the leadership stays.</summary>
    internal Task<RoleChange> AdoptTopicId(TopicId topicId) => Loop.Ask(() => Guarded(() => Adopt(topicId)));

    /// <summary>
    /// The controller stops this replica without deleting it: a follower copies nothing more. A leader goes on leading until the controller
    /// names another one, as Kafka's does.
    /// </summary>
    internal Task StopFetching() => Loop.Ask(StopFollower);

    /// <summary>
    /// This broker has no part in the partition any more; what waits is refused. The log is its log dir's again, to be closed or deleted.
    /// </summary>
    internal Task Stop() => Loop.Ask(() => Leave(PartitionRole.Stopped));

    /// <summary>The log dir has failed; what waits is refused.</summary>
    internal void GoOffline() => Loop.RunOrPost(() => Leave(PartitionRole.Offline));

    /// <summary>The folder found under the partition's name is another topic's; the partition has no role yet.</summary>
    internal void RefuseFolder() => Loop.RunOrPost(() => Leave(PartitionRole.OfOtherTopic));

    /// <summary>A follower has fetched from the log that a snapshot gave it. On any thread.</summary>
    public void Record(FollowerFetch fetch) => Loop.RunOrPost(new FollowerFetchWork(this, fetch));

    /// <summary>Has the leader, if this broker is it, remove followers that lag from the ISR.</summary>
    internal void RemoveLaggingFollowers() => Loop.Post(() => leader?.RemoveLagging());

    /// <summary>
    /// Carries out a step of following the leader of that epoch, with what was fetched from it. Ended when this broker does so no more.
    /// </summary>
    internal Task<FollowerStep> StepAsFollower(LeaderEpoch leaderEpoch, Func<PartitionFollower, FollowerStep> step) => Loop.Ask(() =>
    {
        if (follower is not { IsStopped: false } current || current.LeaderEpoch != leaderEpoch)
            return FollowerStep.Ended;
        var result = FollowerStep.Ended;
        Guarded(() =>
        {
            result = step(current);
            return RoleChange.Done;
        });
        return result;
    });

    /// <summary>
    /// Where the follower's log is once its end may be acknowledged to the leader of that epoch. Ended as of <see cref="StepAsFollower"/>.
    /// </summary>
    internal async Task<FollowerStep> AwaitFlushAsFollower(LeaderEpoch leaderEpoch) => await await Loop.Ask(
        () => follower is { IsStopped: false } current && current.LeaderEpoch == leaderEpoch
            ? current.WaitForFlush()
            : Task.FromResult(FollowerStep.Ended));

    /// <summary>Asks the log that this broker leads; refused as an append is when it does not lead.</summary>
    internal Task<(KafkaError Error, T? Answer)> AskLed<T>(Func<PartitionLog, T> question)
        => Loop.Ask<(KafkaError, T?)>(() => leader is null ? (leadership.Refusal, default) : (KafkaError.None, question(log!)));

    /// <summary>
    /// Has maintenance of the log (retention, flush, settings) done on the loop that owns its writes, with the high watermark; nothing is
    /// done without a log.
    /// </summary>
    internal void Maintain(Action<PartitionLog, long> work) => Loop.Post(() => Guarded(() => Maintained(work)));

    /// <summary>
    /// Changes the log that a snapshot gave, on the loop that owns its writes; the default when the partition has it no more, or the disk
    /// fails.
    /// </summary>
    internal Task<T?> ChangeLog<T>(ReadOnlyLog read, Func<PartitionLog, T> change) => Loop.Ask(() =>
    {
        T? result = default;
        if (ReferenceEquals(leadership.Log, read))
            Guarded(() => Maintained((owned, _) => result = change(owned)));
        return result;
    });

    /// <summary>
    /// Puts a copy that no loop has in the place of the log that a snapshot gave, where it is of that log and can have all of it now. What
    /// waits for the log's end goes on with the copy.
    /// </summary>
    /// <param name="directory">The copy's folder from then on.</param>
    /// <param name="replacedDirectory">The folder of the log from then on.</param>
    internal Task<LogReplaced> ReplaceLog(ReadOnlyLog read, LogCopy copy, string directory, string replacedDirectory) => Loop.Ask(() =>
    {
        if (log is null || !ReferenceEquals(leadership.Log, read))
            return new LogReplaced(false, null);
        copy.Log.AttachTo(Loop, Flushed);
        var replaced = new LogReplaced(false, null);
        try
        {
            var isDone = copy.TryReplace(log, directory, replacedDirectory, out var failure);
            replaced = new LogReplaced(isDone, failure);
        }
        catch (DiskError error)
        {
            replaced = new LogReplaced(false, error);
        }
        finally
        {
            (replaced.IsDone ? log : copy.Log).Detach();
        }
        if (replaced.IsDone)
            GoOnWith(copy.Log);
        return replaced;
    });

    void ILedPartition.Run(LeaderAppend append)
    {
        if (leader is null)
            append.Complete(AppendOutcome.Failed(leadership.Refusal));
        else
            leader.Append(append);
    }

    void ILedPartition.Run(RecordDeletion deletion)
    {
        if (leader is null)
            deletion.Complete(DeletionOutcome.Failed(leadership.Refusal));
        else
            leader.Delete(deletion);
    }

    void ILedPartition.Record(in FollowerFetch fetch) => leader?.Record(fetch);

    void IPublishedPartition.Publish(long highWatermark)
    {
        this.highWatermark = highWatermark;
        Publish();
    }

    void ILedPartition.Fail(DiskError error) => Fail(error);

    bool ILedPartition.IsLedIn(LeaderEpoch leaderEpoch) => leader is not null && leadership.LeaderEpoch == leaderEpoch;

    void ILedPartition.CommitIsr(Isr isr, PartitionEpoch partitionEpoch)
        => ChangeLeadership(leadership with { PartitionEpoch = partitionEpoch }, isr);

    private RoleChange Lead(LeaderAndIsrState state, PartitionLog taken)
    {
        if (IsOlder(state))
            return RoleChange.OlderPartitionEpoch;
        TakeOver(taken, state.TopicId);
        var isr = new Isr(state.Isr);
        if (leader is { } current && current.LeaderEpoch == state.LeaderEpoch)
        {
            current.ChangeIsr(isr);
            ChangeLeadership(leadership with { PartitionEpoch = state.PartitionEpoch }, isr);
        }
        else
            BeginLeaderEpoch(state, taken, isr);
        leader!.AdvanceHighWatermark();
        return RoleChange.Done;
    }

    private void BeginLeaderEpoch(LeaderAndIsrState state, PartitionLog taken, Isr isr)
    {
        var epochStartOffset = taken.LogEndOffset;
        // Also without data: a reader that knows an older epoch must learn where that one ended. KIP-101.
        taken.AssignLeaderEpoch(state.LeaderEpoch, epochStartOffset);
        var self = settings.Leader.Self;
        var replicas = new ReplicaProgress(self, state.Replicas, isr, Now);
        leader = new PartitionLeader(this, taken, Loop, waiters, settings.Leader, state.LeaderEpoch, epochStartOffset, replicas);
        FollowAs(null);
        ChangeLeadership(
            new PartitionLeadership(
                KnownId(state), PartitionRole.Leader, self, state.LeaderEpoch, state.PartitionEpoch, epochStartOffset, taken.ReadOnly,
                state.Replicas),
            isr);
    }

    private RoleChange Follow(LeaderAndIsrState state, PartitionLog taken)
    {
        if (IsOlder(state))
            return RoleChange.OlderPartitionEpoch;
        TakeOver(taken, state.TopicId);
        leader = null;
        FollowAs(new PartitionFollower(this, taken, Loop, settings.Log, state.Leader, state.LeaderEpoch));
        ChangeLeadership(
            new PartitionLeadership(
                KnownId(state), PartitionRole.Follower, state.Leader, state.LeaderEpoch, state.PartitionEpoch, -1, taken.ReadOnly,
                state.Replicas),
            new Isr(state.Isr));
        Publish();
        waiters.RefuseAll(KafkaError.NotLeaderOrFollower);
        return RoleChange.Done;
    }

    private bool IsOlder(LeaderAndIsrState state)
    {
        if (state.PartitionEpoch.Value >= leadership.PartitionEpoch.Value)
            return false;
        settings.Log.Info(
            "partition",
            $"partition={Name} leaderEpoch={state.LeaderEpoch} leader={state.Leader} skipped: "
            + $"partitionEpoch={state.PartitionEpoch} is older than {leadership.PartitionEpoch}");
        return true;
    }

    /// <summary>
    /// Takes a log over; the first time, with the high watermark of the checkpoint, which may be behind the log's start or (after a torn
    /// tail) beyond its end.
    /// </summary>
    private void TakeOver(PartitionLog taken, TopicId topicId)
    {
        if (!ReferenceEquals(log, taken))
        {
            taken.AttachTo(Loop, Flushed);
            highWatermark = Math.Clamp(settings.CheckpointedHighWatermark(Name), taken.LogStartOffset, taken.LogEndOffset);
            log = taken;
        }
        // Refused before when the log belongs to another topic.
        Invariant.Holds(topicId.IsZero || taken.AssignTopicId(topicId));
    }

    /// <summary>The log is equal to the one before; readers take it from the next snapshot on.</summary>
    private void GoOnWith(PartitionLog replacement)
    {
        log = replacement;
        leader?.ReplaceLog(replacement);
        follower?.ReplaceLog(replacement);
        leadership = leadership with { Log = replacement.ReadOnly };
        Publish();
        // The flush of the log that was waited for does not matter any more.
        Flushed();
    }

    /// <summary>More of the log may be acknowledged than before.</summary>
    private void Flushed()
    {
        leader?.AdvanceHighWatermark();
        follower?.Flushed();
    }

    private void FollowAs(PartitionFollower? next)
    {
        follower?.End();
        follower = next;
    }

    private RoleChange Adopt(TopicId topicId)
    {
        if (log is null || !leadership.TopicId.IsZero)
            return RoleChange.Done;
        Invariant.Holds(log.AssignTopicId(topicId));
        leadership = leadership with { TopicId = topicId };
        Publish();
        return RoleChange.Done;
    }

    private bool StopFollower()
    {
        if (follower?.Stop() != true)
            return false;
        settings.Log.Info("partition", $"partition={Name} leaderEpoch={leadership.LeaderEpoch} leader={follower.Leader} fetching stopped");
        return true;
    }

    private bool Leave(PartitionRole role)
    {
        if (leadership.Role == role)
            return false;
        log?.Detach();
        FollowAs(null);
        (log, leader) = (null, null);
        ChangeLeadership(leadership with { Role = role, Leader = BrokerId.None, Log = null }, null);
        Publish();
        waiters.RefuseAll(leadership.Refusal);
        return true;
    }

    /// <summary>Carries out a change in which the disk may fail, unless it has failed before.</summary>
    private RoleChange Guarded(Func<RoleChange> change)
    {
        Invariant.Holds(Loop.IsCurrent);
        if (leadership.Role == PartitionRole.Offline)
            return RoleChange.LogDirOffline;
        try
        {
            return change();
        }
        catch (DiskError error)
        {
            Fail(error);
            return RoleChange.LogDirOffline;
        }
    }

    private RoleChange Maintained(Action<PartitionLog, long> work)
    {
        if (log is null)
            return RoleChange.Done;
        work(log, highWatermark);
        highWatermark = Math.Max(highWatermark, log.LogStartOffset);
        Publish();
        return RoleChange.Done;
    }

    /// <summary>This partition stops serving at once, and the log dir's others when they are told.</summary>
    private void Fail(DiskError error)
    {
        Leave(PartitionRole.Offline);
        settings.DiskFailed(error);
    }

    private void ChangeLeadership(PartitionLeadership next, Isr? isr)
    {
        settings.Log.Info(
            "partition",
            $"partition={Name} role={next.Role} leaderEpoch={leadership.LeaderEpoch}→{next.LeaderEpoch} "
            + $"partitionEpoch={next.PartitionEpoch} leader={next.Leader} isr={isr}");
        leadership = next;
    }

    private void Publish()
    {
        Invariant.Holds(Loop.IsCurrent);
        if (log is null)
            snapshot = new PartitionSnapshot(
                leadership, snapshot.LogStartOffset, snapshot.LastStableOffset, highWatermark, snapshot.LogEndOffset);
        else
        {
            Invariant.Holds(log.LogStartOffset <= highWatermark && highWatermark <= log.LogEndOffset);
            snapshot = new PartitionSnapshot(
                leadership, log.LogStartOffset, log.LastStableOffset(highWatermark), highWatermark, log.LogEndOffset);
        }
        Watches.Look(snapshot);
    }

    private TopicId KnownId(LeaderAndIsrState state) => state.TopicId.IsZero ? leadership.TopicId : state.TopicId;
}
