using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>What a leader wants of one of its partitions: AlterPartition.</summary>
internal sealed record IsrProposal
{
    public required BrokerId Leader { get; init; }
    public required LeaderEpoch LeaderEpoch { get; init; }
    /// <summary>The partition epoch on top of which the change is to be made.</summary>
    public required PartitionEpoch PartitionEpoch { get; init; }
    public required IReadOnlyList<BrokerId> Isr { get; init; }
    public required LeaderRecoveryState RecoveryState { get; init; }
}

/// <summary>
/// What becomes of a proposal: the state to write, on the partition epoch it carries; or an error; or, with neither, nothing to do, because
/// the partition is as proposed.
/// </summary>
internal readonly record struct IsrDecision(LeaderAndIsr? Write, KafkaError Error)
{
    public static readonly IsrDecision AsItIs;

    public static IsrDecision Refuse(KafkaError error) => new(null, error);
}

/// <summary>
/// Whether a leader's proposal changes the ISR of its partition; Kafka's processAlterPartition, and KIP-497, KIP-704 and KIP-841. Pure.
/// </summary>
internal static class IsrChange
{
    /// <param name="current">The partition's state; null where it has none yet.</param>
    /// <param name="assignment">The replicas it is to have.</param>
    /// <param name="proposal">What its leader wants.</param>
    /// <param name="isEligible">Whether a broker may be in an ISR now: live, not shutting down, not another life of it.</param>
    public static IsrDecision Decide(
        LeaderAndIsr? current, IReadOnlyList<BrokerId> assignment, IsrProposal proposal, Func<BrokerId, bool> isEligible)
    {
        if (current is null)
            return IsrDecision.Refuse(KafkaError.UnknownTopicOrPartition);
        // Whoever knows more than this controller has it from a later one.
        if (proposal.PartitionEpoch.Value > current.PartitionEpoch.Value || proposal.LeaderEpoch > current.LeaderEpoch)
            return IsrDecision.Refuse(KafkaError.NotController);
        if (proposal.LeaderEpoch < current.LeaderEpoch)
            return IsrDecision.Refuse(KafkaError.FencedLeaderEpoch);
        // Kafka takes the sender for the leader; where it is not, nobody would lead by what would be written.
        if (proposal.Leader != current.Leader)
            return IsrDecision.Refuse(KafkaError.InvalidRequest);
        // Before the partition epoch is looked at: a proposal that was carried out, and whose answer was lost, comes again.
        if (proposal.RecoveryState == current.RecoveryState && IsSame(proposal.Isr, current.Isr))
            return IsrDecision.AsItIs;
        if (proposal.PartitionEpoch.Value < current.PartitionEpoch.Value)
            return IsrDecision.Refuse(KafkaError.InvalidUpdateVersion);
        if (!IsIsr(proposal, assignment) || !IsRecovery(proposal, current))
            return IsrDecision.Refuse(KafkaError.InvalidRequest);
        return proposal.Isr.All(isEligible)
            ? new IsrDecision(current with { Isr = proposal.Isr, RecoveryState = proposal.RecoveryState }, KafkaError.None)
            : IsrDecision.Refuse(KafkaError.IneligibleReplica);
    }

    private static bool IsSame(IReadOnlyList<BrokerId> one, IReadOnlyList<BrokerId> other) => one.SequenceEqual(other);

    /// <summary>An ISR has the leader, and replicas of the partition, each once.</summary>
    private static bool IsIsr(IsrProposal proposal, IReadOnlyList<BrokerId> assignment)
        => proposal.Isr.Contains(proposal.Leader) && proposal.Isr.Distinct().Count() == proposal.Isr.Count
            && proposal.Isr.All(assignment.Contains);

    /// <summary>A leader that recovers is alone, and none begins to by itself.</summary>
    private static bool IsRecovery(IsrProposal proposal, LeaderAndIsr current)
        => proposal.RecoveryState == LeaderRecoveryState.Recovered
            || (proposal.Isr.Count == 1 && current.RecoveryState == LeaderRecoveryState.Recovering);
}
