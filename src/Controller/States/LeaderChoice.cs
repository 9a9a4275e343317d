using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// What a choice of leader decided: the next leader and ISR, and the brokers that are sent it. Null stands for "no eligible leader".
/// </summary>
internal sealed record LeaderDecision
{
    public required BrokerId Leader { get; init; }
    public required IReadOnlyList<BrokerId> Isr { get; init; }
    public required LeaderRecoveryState RecoveryState { get; init; }
    public required IReadOnlyList<BrokerId> Recipients { get; init; }
}

/// <summary>
/// Which replica leads, by occasion. Pure: all it knows comes in, nothing is read or written. A leader always comes from the ISR, in
/// assignment order, but for an unclean election, which the topic must allow and which may lose records.
/// </summary>
internal static class LeaderChoice
{
    /// <summary>A new partition: the first live replica leads, and all live ones are in sync.</summary>
    public static LeaderDecision? OnNew(IReadOnlyList<BrokerId> assignment, Func<BrokerId, bool> isLive)
    {
        var live = assignment.Where(isLive).ToArray();
        return live is []
            ? null
            : new() { Leader = live[0], Isr = live, RecoveryState = LeaderRecoveryState.Recovered, Recipients = live };
    }

    /// <summary>
    /// The leader is gone: the first live in-sync replica leads, else, where unclean election is allowed, the first live one alone.
    /// </summary>
    public static LeaderDecision? OnOffline(
        IReadOnlyList<BrokerId> assignment, LeaderAndIsr current, Func<BrokerId, bool> isLive, bool uncleanAllowed)
    {
        var live = assignment.Where(isLive).ToArray();
        foreach (var replica in live)
        {
            if (current.Isr.Contains(replica))
                return new()
                {
                    Leader = replica,
                    Isr = [.. current.Isr.Where(isLive)],
                    RecoveryState = current.RecoveryState,
                    Recipients = live,
                };
        }
        // What the new leader lacks is lost; the state says so until the replicas agree. KIP-704.
        return uncleanAllowed && live is not []
            ? new() { Leader = live[0], Isr = [live[0]], RecoveryState = LeaderRecoveryState.Recovering, Recipients = live }
            : null;
    }

    /// <summary>
    /// The leader is about to stop: the first in-sync replica leads that stays, and those leave the ISR that do not. Who stops is sent it
    /// too, and follows until it is gone.
    /// </summary>
    public static LeaderDecision? OnControlledShutdown(
        IReadOnlyList<BrokerId> assignment, LeaderAndIsr current, Func<BrokerId, bool> isOnline, Func<BrokerId, bool> isShuttingDown)
    {
        var online = assignment.Where(isOnline).ToArray();
        foreach (var replica in online)
        {
            if (current.Isr.Contains(replica) && !isShuttingDown(replica))
                return new()
                {
                    Leader = replica,
                    Isr = [.. current.Isr.Where(member => !isShuttingDown(member))],
                    RecoveryState = current.RecoveryState,
                    Recipients = online,
                };
        }
        return null;
    }

    /// <summary>The first assigned replica takes the lead back if it is live and in sync.</summary>
    public static LeaderDecision? OnPreferred(IReadOnlyList<BrokerId> assignment, LeaderAndIsr current, Func<BrokerId, bool> isLive)
        => assignment is [var preferred, ..] && isLive(preferred) && current.Isr.Contains(preferred)
            ? new()
            {
                Leader = preferred,
                Isr = current.Isr,
                RecoveryState = current.RecoveryState,
                Recipients = [.. assignment.Where(isLive)],
            }
            : null;

    /// <summary>
    /// A reassignment leaves the leader behind, or it is gone: the first of the replicas that the partition is to have leads if it is live
    /// and in sync.
    /// </summary>
    public static LeaderDecision? OnReassignment(IReadOnlyList<BrokerId> target, LeaderAndIsr current, Func<BrokerId, bool> isLive)
    {
        foreach (var replica in target)
        {
            if (isLive(replica) && current.Isr.Contains(replica))
                return new()
                {
                    Leader = replica,
                    Isr = current.Isr,
                    RecoveryState = current.RecoveryState,
                    Recipients = [.. target.Where(isLive)],
                };
        }
        return null;
    }

    /// <summary>
    /// The leader goes on, under a new epoch: replicas that are added or taken away are told by it, and what was said before is void.
    /// </summary>
    public static LeaderDecision OnNextEpoch(LeaderAndIsr current)
        => new() { Leader = current.Leader, Isr = current.Isr, RecoveryState = current.RecoveryState, Recipients = [] };

    /// <summary>
    /// A replica is gone: out of the ISR, and no leader if it led. The last of an ISR stays in it, for it alone may have every record. Null
    /// when it was not in the ISR.
    /// </summary>
    public static LeaderAndIsr? WithoutReplica(LeaderAndIsr current, BrokerId gone, ControllerEpoch controllerEpoch)
    {
        if (!current.Isr.Contains(gone))
            return null;
        var leader = current.Leader == gone ? BrokerId.None : current.Leader;
        return current.Next(
            leader, current.Isr.Count == 1 ? current.Isr : [.. current.Isr.Where(replica => replica != gone)], controllerEpoch);
    }
}
