namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// How the leader of a partition has the controller change its ISR: AlterPartition, or the partition's znode with protocols of before it.
/// KIP-497.
/// </summary>
public interface IAlterPartition
{
    /// <summary>
    /// Done when the controller has decided on the partition. What stands in the way of an answer (a controller that moves, a lost
    /// connection, a refusal of the request as a whole) is waited out and the proposal sent again; there is no time limit. Callable from
    /// anywhere; the caller comes back to its own loop.
    /// </summary>
    Task<IsrDecision> Propose(IsrProposal proposal);
}

/// <summary>
/// The ISR that a leader wants. The leader has recovered whatever an unclean election left of the log, so the recovery state that goes with
/// it is always RECOVERED. KIP-704.
/// </summary>
/// <param name="TopicId">Zero where the controller has none.</param>
/// <param name="LeaderEpoch">The epoch in which this broker leads.</param>
/// <param name="PartitionEpoch">The one that the change is made on top of; another one by now refuses it.</param>
/// <param name="Isr">The leader among them.</param>
public sealed record IsrProposal(
    TopicPartition Partition, TopicId TopicId, LeaderEpoch LeaderEpoch, PartitionEpoch PartitionEpoch, IReadOnlyList<BrokerId> Isr);

/// <summary>What the controller said to a proposal: an error, or the partition's state as it is now.</summary>
public sealed record IsrDecision(KafkaError Error, LeaderEpoch LeaderEpoch, PartitionEpoch PartitionEpoch, IReadOnlyList<BrokerId> Isr)
{
    public static IsrDecision Refused(KafkaError error) => new(error, LeaderEpoch.Unknown, PartitionEpoch.Unknown, []);
}
