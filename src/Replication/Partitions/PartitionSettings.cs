using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>What all partitions of a broker share.</summary>
public sealed record PartitionSettings
{
    public required LeaderSettings Leader { get; init; }
    public required ILog Log { get; init; }
    /// <summary>
    /// The high watermark at the last checkpoint, 0 if there was none: a hint, never above what replicas are known to have. Called on the
    /// partition's loop.
    /// </summary>
    public required Func<TopicPartition, long> CheckpointedHighWatermark { get; init; }
    /// <summary>Called on the partition's loop after a failed disk operation.</summary>
    public required Action<DiskError> DiskFailed { get; init; }
}
