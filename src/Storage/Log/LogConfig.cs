using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Storage.Log;

/// <summary><c>cleanup.policy</c>: both flags may stand.</summary>
[Flags]
public enum CleanupPolicy
{
    None = 0,
    Delete = 1,
    Compact = 2,
}

/// <summary>
/// The settings of one topic's logs under Kafka's names, with Kafka's defaults. Immutable: a change replaces the whole record on the
/// partition's loop.
/// </summary>
public sealed record LogConfig
{
    public static readonly LogConfig Default = new();

    /// <summary><c>segment.bytes</c></summary>
    public int SegmentBytes { get; init; } = 1 << 30;
    /// <summary><c>segment.ms</c></summary>
    public long SegmentMs { get; init; } = 7L * 24 * 3600 * 1000;
    /// <summary><c>segment.jitter.ms</c>: the most that is taken off <see cref="SegmentMs"/>, drawn anew for each segment.</summary>
    public long SegmentJitterMs { get; init; }
    /// <summary><c>segment.index.bytes</c></summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;
    /// <summary><c>preallocate</c>: the log files of new segments are as long as <see cref="SegmentBytes"/> from the start.</summary>
    public bool Preallocate { get; init; }
    /// <summary><c>index.interval.bytes</c></summary>
    public int IndexIntervalBytes { get; init; } = 4096;
    /// <summary><c>flush.messages</c></summary>
    public long FlushMessages { get; init; } = long.MaxValue;
    /// <summary><c>flush.ms</c></summary>
    public long FlushMs { get; init; } = long.MaxValue;
    /// <summary><c>retention.bytes</c>; −1 is unlimited.</summary>
    public long RetentionBytes { get; init; } = -1;
    /// <summary><c>retention.ms</c>; −1 is unlimited.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 3600 * 1000;
    /// <summary><c>max.message.bytes</c>: the largest batch.</summary>
    public int MessageMaxBytes { get; init; } = 1048588;
    public CleanupPolicy CleanupPolicy { get; init; } = CleanupPolicy.Delete;
    /// <summary><c>file.delete.delay.ms</c></summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;
    /// <summary><c>compression.type</c>; null stands for <c>producer</c>, and None for <c>uncompressed</c>.</summary>
    public CompressionType? CompressionType { get; init; }
    /// <summary>The level of <see cref="CompressionType"/>'s codec: <c>compression.gzip.level</c> and its like.</summary>
    public int CompressionLevel { get; init; } = RecordCompression.DefaultLevel;
    /// <summary><c>message.timestamp.type</c></summary>
    public TimestampType TimestampType { get; init; }
    /// <summary><c>message.timestamp.before.max.ms</c></summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;
    /// <summary><c>message.timestamp.after.max.ms</c></summary>
    public long TimestampAfterMaxMs { get; init; } = long.MaxValue;
    /// <summary><c>message.downconversion.enable</c></summary>
    public bool DownConversionEnable { get; init; } = true;
    /// <summary><c>delete.retention.ms</c></summary>
    public long DeleteRetentionMs { get; init; } = 24L * 3600 * 1000;
    /// <summary><c>min.compaction.lag.ms</c></summary>
    public long CompactionLagMinMs { get; init; }
    /// <summary><c>max.compaction.lag.ms</c></summary>
    public long CompactionLagMaxMs { get; init; } = long.MaxValue;
    /// <summary><c>min.cleanable.dirty.ratio</c></summary>
    public double CleanableDirtyRatioMin { get; init; } = 0.5;
    /// <summary><c>min.insync.replicas</c></summary>
    public int InSyncReplicasMin { get; init; } = 1;
    /// <summary><c>unclean.leader.election.enable</c></summary>
    public bool UncleanLeaderElectionEnable { get; init; }

    /// <summary><c>leader.replication.throttled.replicas</c>: those that a quota bounds in what followers copy from them.</summary>
    public ThrottledReplicas LeaderThrottledReplicas { get; init; } = ThrottledReplicas.None;
    /// <summary><c>follower.replication.throttled.replicas</c>: those that a quota bounds in what they copy.</summary>
    public ThrottledReplicas FollowerThrottledReplicas { get; init; } = ThrottledReplicas.None;

    /// <summary>As much as a producer may have sent without an answer.</summary>
    internal long MostBytesInFlight => (long)ProducerState.WindowBatches * MessageMaxBytes;

    /// <summary>
    /// How long a segment fills at the most, in ms: a compacted topic's no longer than its records may stay uncompacted. KIP-354.
    /// </summary>
    public long RollMs => IsCompacted && CompactionLagMaxMs > 0 ? Math.Min(CompactionLagMaxMs, SegmentMs) : SegmentMs;

    public bool IsCompacted => (CleanupPolicy & CleanupPolicy.Compact) != 0;
}
