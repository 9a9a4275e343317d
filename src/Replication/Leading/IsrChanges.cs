namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// Keeps the ISR of a partition true for one leader epoch: proposes to the controller to add a follower that has caught up and to remove
/// those that lag, one change at a time, and takes in what the controller decides. A change is pending until then, also where no answer
/// will ever come because another decision of the controller is on its way. Touched only on the partition's loop. KIP-497.
/// </summary>
internal sealed class IsrChanges(
    ILedPartition partition,
    ILoop loop,
    LeaderSettings settings,
    LeaderEpoch leaderEpoch,
    long epochStartOffset,
    ReplicaProgress replicas,
    Action onCommitted)
{
    private static readonly TimeSpan ProposeAgainDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Proposes to add the follower when it has all that is committed and all that was written before this leader epoch, and is live.
    /// </summary>
    public void Consider(FollowerState follower)
    {
        Invariant.Holds(loop.IsCurrent);
        if (replicas.Isr.Proposed is null && !replicas.Isr.IsInMaximal(follower.Broker)
            && follower.LogEndOffset >= partition.HighWatermark && follower.LogEndOffset >= epochStartOffset
            && settings.LiveBrokers.IsLive(follower.Broker))
            Propose(replicas.Isr.WithPendingAddition(follower.Broker));
    }

    /// <summary>Proposes to remove the members that have not had all of the leader's records for <c>replica.lag.time.max.ms</c>.</summary>
    public void RemoveLagging(long logEndOffset)
    {
        Invariant.Holds(loop.IsCurrent);
        if (replicas.Isr.Proposed is not null)
            return;
        var lagging = replicas.LaggingInIsr(logEndOffset, settings.Time.GetUtcNow(), settings.ReplicaLagTimeMax);
        if (lagging.Count == 0)
            return;
        if (settings.AlterPartition is not null)
            settings.Log.Info(
                "partition",
                $"partition={partition.Name} leaderEpoch={leaderEpoch} isr={replicas.Isr} lagging=[{string.Join(',', lagging)}] "
                + $"highWatermark={partition.HighWatermark} logEndOffset={logEndOffset}");
        Propose(replicas.Isr.WithPendingRemoval(lagging));
    }

    private void Propose(Isr isr)
    {
        // A broker that runs alone has no other that could be asked, or could join.
        if (settings.AlterPartition is not { } controller)
            return;
        replicas.Isr = isr;
        Send(controller, isr);
    }

    private void Send(IAlterPartition controller, Isr isr)
    {
        var proposal = new IsrProposal(partition.Name, partition.TopicId, leaderEpoch, partition.PartitionEpoch, isr.Proposed!);
        loop.Run(async () => TakeIn(await controller.Propose(proposal), controller, isr));
    }

    private void TakeIn(IsrDecision decision, IAlterPartition controller, Isr isr)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!IsPending(isr))
            return;
        switch (IsrOutcomes.Of(decision, leaderEpoch, partition.PartitionEpoch))
        {
            case IsrOutcome.Commit:
                replicas.Isr = new Isr(decision.Isr);
                partition.CommitIsr(replicas.Isr, decision.PartitionEpoch);
                onCommitted();
                break;
            case IsrOutcome.GiveUp:
                Tell("was not agreed to", decision, isr);
                replicas.Isr = isr.WithoutPending();
                break;
            case IsrOutcome.AwaitController:
                Tell("waits for the controller's next decision", decision, isr);
                break;
            case IsrOutcome.ProposeAgain:
                Tell("is proposed again", decision, isr);
                loop.Schedule(ProposeAgainDelay, () =>
                {
                    if (IsPending(isr))
                        Send(controller, isr);
                });
                break;
        }
    }

    /// <summary>Whether neither another decision of the controller nor the end of the leadership has taken the proposal's place.</summary>
    private bool IsPending(Isr isr) => ReferenceEquals(replicas.Isr, isr) && partition.IsLedIn(leaderEpoch);

    private void Tell(string what, IsrDecision decision, Isr isr)
        => settings.Log.Info(
            "partition", $"partition={partition.Name} leaderEpoch={leaderEpoch} isr={isr} {what}: {decision.Error} "
                + $"partitionEpoch={partition.PartitionEpoch} controllerSays={decision.PartitionEpoch}");
}
