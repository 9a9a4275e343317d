namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>The broker settings of groups and committed offsets, under Kafka's names; the defaults stand in the settings' table.</summary>
public sealed record GroupOptions
{
    /// <summary>group.min.session.timeout.ms</summary>
    public required int MinSessionTimeoutMs { get; init; }

    /// <summary>group.max.session.timeout.ms</summary>
    public required int MaxSessionTimeoutMs { get; init; }

    /// <summary>group.initial.rebalance.delay.ms</summary>
    public required int InitialRebalanceDelayMs { get; init; }

    /// <summary>group.max.size</summary>
    public required int MaxSize { get; init; }

    /// <summary>offset.metadata.max.bytes; compared with the length in UTF-16 code units, as Kafka does.</summary>
    public required int OffsetMetadataMaxBytes { get; init; }

    /// <summary>offsets.load.buffer.size</summary>
    public required int LoadBufferBytes { get; init; }

    /// <summary>offsets.retention.minutes</summary>
    public required int OffsetsRetentionMinutes { get; init; }

    /// <summary>offsets.retention.check.interval.ms</summary>
    public required long OffsetsRetentionCheckIntervalMs { get; init; }

    /// <summary>offsets.commit.timeout.ms</summary>
    public required int CommitTimeoutMs { get; init; }

    /// <summary>The metadata of a member for all its protocols: no more than one record of the offsets topic takes.</summary>
    public required Func<int> MemberMetadataMaxBytes { get; init; }

    /// <summary>About what groups and committed offsets may take in memory, those of all partitions together.</summary>
    public required long MemoryBytes { get; init; }
}
