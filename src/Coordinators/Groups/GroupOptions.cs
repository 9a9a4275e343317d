namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>The broker settings of groups and committed offsets, under Kafka's names, with Kafka's defaults.</summary>
public sealed record GroupOptions
{
    /// <summary>group.min.session.timeout.ms</summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary>group.max.session.timeout.ms</summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>group.initial.rebalance.delay.ms</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary>group.max.size</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>offset.metadata.max.bytes; compared with the length in UTF-16 code units, as Kafka does.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;

    /// <summary>offsets.load.buffer.size</summary>
    public int LoadBufferBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>offsets.retention.minutes</summary>
    public int OffsetsRetentionMinutes { get; init; } = 10_080;

    /// <summary>offsets.retention.check.interval.ms</summary>
    public long OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary>offsets.commit.timeout.ms</summary>
    public int CommitTimeoutMs { get; init; } = 5_000;

    /// <summary>How long a member that has never been part of a generation may wait for its first one.</summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 5 * 60 * 1000;
}
