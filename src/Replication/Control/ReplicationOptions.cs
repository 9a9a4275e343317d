namespace KafkaCompatBroker.Replication.Control;

/// <summary>The broker settings that replicas follow, with Kafka's defaults.</summary>
public sealed record ReplicationOptions
{
    public required BrokerId BrokerId { get; init; }
    /// <summary><c>replica.lag.time.max.ms</c></summary>
    public TimeSpan ReplicaLagTimeMax { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary><c>replica.high.watermark.checkpoint.interval.ms</c></summary>
    public TimeSpan HighWatermarkCheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary><c>log.flush.offset.checkpoint.interval.ms</c></summary>
    public TimeSpan RecoveryPointCheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary><c>log.flush.start.offset.checkpoint.interval.ms</c></summary>
    public TimeSpan LogStartOffsetCheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary><c>log.flush.scheduler.interval.ms</c>; null never looks for logs whose <c>flush.ms</c> has passed.</summary>
    public TimeSpan? FlushCheckInterval { get; init; }
    /// <summary><c>log.retention.check.interval.ms</c></summary>
    public TimeSpan RetentionCheckInterval { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary><c>producer.id.expiration.check.interval.ms</c></summary>
    public TimeSpan ProducerIdExpirationCheckInterval { get; init; } = TimeSpan.FromMinutes(10);
}
