namespace KafkaCompatBroker.Coordinators.Groups.Records;

/// <summary>A record of <c>__consumer_offsets</c>, apart from its bytes.</summary>
public abstract record GroupRecord(string GroupId);

/// <summary>A committed offset; null deletes it.</summary>
public sealed record OffsetRecord(string GroupId, TopicPartition Partition, CommittedOffset? Value) : GroupRecord(GroupId);

/// <summary>What a classic group must still know after its coordinator is gone; null deletes the group.</summary>
public sealed record GroupMetadataRecord(string GroupId, GroupSnapshot? Value) : GroupRecord(GroupId);

/// <summary>An offset as committed.</summary>
public sealed record CommittedOffset
{
    public required long Offset { get; init; }

    /// <summary>The leader epoch of the last record that was consumed; −1 is unknown. KIP-320.</summary>
    public required int LeaderEpoch { get; init; }

    public required string Metadata { get; init; }

    /// <summary>When it was committed, in milliseconds since 1970.</summary>
    public required long CommitTimestampMs { get; init; }

    /// <summary>When it is forgotten; null but for old clients that asked for a retention of their own.</summary>
    public long? ExpireTimestampMs { get; init; }

    /// <summary>Where its record stands in the log: of two commits the later one counts. −1 until it is there.</summary>
    public long RecordOffset { get; init; } = -1;
}

/// <summary>A classic group as its record tells it: written when it becomes Stable or Empty, or a static member is replaced.</summary>
public sealed record GroupSnapshot
{
    public required string? ProtocolType { get; init; }
    public required int GenerationId { get; init; }

    /// <summary>The protocol that was chosen for the generation.</summary>
    public required string? ProtocolName { get; init; }

    public required string? LeaderId { get; init; }
    public required long CurrentStateTimestampMs { get; init; }
    public required IReadOnlyList<MemberSnapshot> Members { get; init; }
}

public sealed record MemberSnapshot
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
    public required string ClientId { get; init; }
    public required string ClientHost { get; init; }
    public required int RebalanceTimeoutMs { get; init; }
    public required int SessionTimeoutMs { get; init; }

    /// <summary>The member's metadata for the chosen protocol; a consumer's subscription.</summary>
    public required byte[] Subscription { get; init; }

    public required byte[] Assignment { get; init; }
}
