namespace KafkaCompatBroker.Coordinators.Groups.Records;

/// <summary>A record of <c>__consumer_offsets</c>, apart from its bytes.</summary>
public abstract record GroupRecord(string GroupId);

/// <summary>A committed offset; null deletes it.</summary>
public sealed record OffsetRecord(string GroupId, TopicPartition Partition, CommittedOffset? Value) : GroupRecord(GroupId);

/// <summary>What a group must still know after its coordinator is gone; null deletes the group.</summary>
public sealed record GroupMetadataRecord(string GroupId, GroupSnapshot? Value) : GroupRecord(GroupId);

/// <summary>
/// An offset as committed. Leader epoch −1 is unknown; an expire timestamp comes only from old clients that asked for one.
/// </summary>
public sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommitTimestampMs, long? ExpireTimestampMs)
{
    /// <summary>Where in the log it stands: of two commits the later one counts.</summary>
    public long RecordOffset { get; init; } = -1;
}

/// <summary>A classic group as its record tells it: written when it becomes Stable or Empty, or a static member is replaced.</summary>
public sealed record GroupSnapshot(
    string? ProtocolType,
    int GenerationId,
    string? ProtocolName,
    string? LeaderId,
    long CurrentStateTimestampMs,
    IReadOnlyList<MemberSnapshot> Members);

public sealed record MemberSnapshot(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    byte[] Subscription,
    byte[] Assignment);
