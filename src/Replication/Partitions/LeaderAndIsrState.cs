using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// What a LeaderAndIsr request says of one partition: the controller's decision. Its recovery state is not among it: a leader of an unclean
/// election has nothing to recover, and with its first proposal of an ISR says that it has. KIP-704.
/// </summary>
/// <param name="TopicId">Zero from a controller that has none.</param>
public sealed record LeaderAndIsrState(
    TopicId TopicId,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    IReadOnlyList<BrokerId> Isr,
    IReadOnlyList<BrokerId> Replicas,
    bool IsNew)
{
    public static LeaderAndIsrState From(TopicId topicId, LeaderAndIsrRequest.LeaderAndIsrPartitionState state) => new(
        topicId,
        new BrokerId(state.Leader),
        new LeaderEpoch(state.LeaderEpoch),
        new PartitionEpoch(state.PartitionEpoch),
        state.Isr.ConvertAll(static broker => new BrokerId(broker)),
        state.Replicas.ConvertAll(static broker => new BrokerId(broker)),
        state.IsNew);
}
