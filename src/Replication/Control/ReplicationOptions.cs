using KafkaCompatBroker.Replication.Fetchers;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>The broker settings that replicas follow. Their defaults stand in the settings' table alone.</summary>
public sealed record ReplicationOptions
{
    public required BrokerId BrokerId { get; init; }
    /// <summary><c>replica.lag.time.max.ms</c></summary>
    public required TimeSpan ReplicaLagTimeMax { get; init; }
    public required FetcherOptions Fetchers { get; init; }
    /// <summary><c>replication.quota.window.size.seconds</c></summary>
    public required TimeSpan QuotaSample { get; init; }
    /// <summary><c>replication.quota.window.num</c></summary>
    public required int QuotaSampleCount { get; init; }
    /// <summary><c>alter.log.dirs.replication.quota.window.size.seconds</c></summary>
    public required TimeSpan MoveQuotaSample { get; init; }
    /// <summary><c>alter.log.dirs.replication.quota.window.num</c></summary>
    public required int MoveQuotaSampleCount { get; init; }
    /// <summary><c>replica.high.watermark.checkpoint.interval.ms</c></summary>
    public required TimeSpan HighWatermarkCheckpointInterval { get; init; }
    /// <summary><c>log.flush.offset.checkpoint.interval.ms</c></summary>
    public required TimeSpan RecoveryPointCheckpointInterval { get; init; }
    /// <summary><c>log.flush.start.offset.checkpoint.interval.ms</c></summary>
    public required TimeSpan LogStartOffsetCheckpointInterval { get; init; }
    /// <summary><c>log.flush.scheduler.interval.ms</c>; null never looks for logs whose <c>flush.ms</c> has passed.</summary>
    public required TimeSpan? FlushCheckInterval { get; init; }
    /// <summary><c>log.retention.check.interval.ms</c></summary>
    public required TimeSpan RetentionCheckInterval { get; init; }
    /// <summary><c>producer.id.expiration.check.interval.ms</c></summary>
    public required TimeSpan ProducerIdExpirationCheckInterval { get; init; }
}
