using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>What the controller decided about one partition, as LeaderAndIsr brings it.</summary>
/// <param name="TopicId">Zero from a controller that has none.</param>
public sealed record PartitionState(
    TopicId TopicId,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    IReadOnlyList<BrokerId> Isr,
    IReadOnlyList<BrokerId> Replicas,
    bool IsNew)
{
    public static PartitionState From(TopicId topicId, LeaderAndIsrRequest.LeaderAndIsrPartitionState state) => new(
        topicId,
        new BrokerId(state.Leader),
        new LeaderEpoch(state.LeaderEpoch),
        new PartitionEpoch(state.PartitionEpoch),
        state.Isr.ConvertAll(static broker => new BrokerId(broker)),
        state.Replicas.ConvertAll(static broker => new BrokerId(broker)),
        state.IsNew);
}

/// <summary>What all partitions of a broker share.</summary>
public sealed record PartitionSettings
{
    public required BrokerId Self { get; init; }
    public required TimeProvider Time { get; init; }
    public required ILog Log { get; init; }
    public required TimeSpan ReplicaLagTimeMax { get; init; }
    public required ILiveBrokers LiveBrokers { get; init; }
    /// <summary>
    /// The high watermark at the last checkpoint, 0 if there was none: a hint, never above what replicas are known to have.
    /// </summary>
    public required Func<TopicPartition, long> CheckpointedHighWatermark { get; init; }
    /// <summary>Called on the partition's loop after a failed disk operation.</summary>
    public required Action<DiskError> DiskFailed { get; init; }
}
