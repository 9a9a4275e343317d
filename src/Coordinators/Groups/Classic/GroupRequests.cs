namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>One embedded protocol of a member: its name ("range") and bytes that only clients understand.</summary>
public sealed record MemberProtocol(string Name, byte[] Metadata);

/// <summary>JoinGroup. <paramref name="ClientHost"/> is written as Java prints an address: <c>/10.0.0.1</c>.</summary>
/// <param name="RequiresKnownMemberId">A dynamic member without id is given one and must come back with it. KIP-394.</param>
/// <param name="SkipsAssignment">The client understands SkipAssignment. KIP-814.</param>
public sealed record JoinRequest(
    string GroupId,
    string MemberId,
    string? GroupInstanceId,
    bool RequiresKnownMemberId,
    bool SkipsAssignment,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    string ProtocolType,
    IReadOnlyList<MemberProtocol> Protocols);

public sealed record JoinReplyMember(string MemberId, string? GroupInstanceId, byte[] Metadata);

/// <summary>Members are listed for the leader only.</summary>
public sealed record JoinReply(
    KafkaError Error,
    string MemberId,
    int GenerationId = -1,
    string? ProtocolType = null,
    string? ProtocolName = null,
    string LeaderId = "",
    bool SkipAssignment = false,
    IReadOnlyList<JoinReplyMember>? Members = null);

/// <summary>SyncGroup; a null protocol type or name is not compared. Assignments come from the leader only.</summary>
public sealed record SyncRequest(
    string GroupId,
    int GenerationId,
    string MemberId,
    string? GroupInstanceId,
    string? ProtocolType,
    string? ProtocolName,
    IReadOnlyDictionary<string, byte[]> Assignments);

public sealed record SyncReply(KafkaError Error, string? ProtocolType, string? ProtocolName, byte[] Assignment)
{
    public static SyncReply Failed(KafkaError error) => new(error, null, null, []);
}

public sealed record HeartbeatCall(string GroupId, int GenerationId, string MemberId, string? GroupInstanceId);

public sealed record LeavingMember(string MemberId, string? GroupInstanceId);

public sealed record LeaveRequest(string GroupId, IReadOnlyList<LeavingMember> Members);

public sealed record LeftMember(string MemberId, string? GroupInstanceId, KafkaError Error);

public sealed record LeaveReply(KafkaError Error, IReadOnlyList<LeftMember> Members);

/// <summary>
/// One partition's offset to commit. What only old clients give is null otherwise: the commit's time, and how long to keep it.
/// </summary>
public sealed record OffsetToCommit(
    string Topic, int Partition, long Offset, int LeaderEpoch, string Metadata, long? CommitTimestampMs = null, long? RetentionMs = null);

/// <summary>OffsetCommit; a generation below zero stands for a committer outside the group's protocol.</summary>
public sealed record CommitRequest(
    string GroupId, int GenerationId, string MemberId, string? GroupInstanceId, IReadOnlyList<OffsetToCommit> Offsets)
{
    /// <summary>The same error for every partition.</summary>
    public CommitReply Failed(KafkaError error) => new([.. Enumerable.Repeat(error, Offsets.Count)]);
}

/// <summary>The errors stand in the order of the request's offsets.</summary>
public sealed record CommitReply(IReadOnlyList<KafkaError> Errors);

/// <summary>OffsetFetch of one group; null partitions stand for all it has.</summary>
public sealed record FetchOffsetsRequest(string GroupId, IReadOnlyList<TopicPartition>? Partitions, bool RequireStable);

/// <summary>Offset −1, epoch −1 and empty metadata when there is none.</summary>
public sealed record FetchedOffset(TopicPartition Partition, KafkaError Error, long Offset, int LeaderEpoch, string Metadata)
{
    public static FetchedOffset None(TopicPartition partition, KafkaError error = KafkaError.None) => new(partition, error, -1, -1, "");
}

public sealed record FetchOffsetsReply(KafkaError Error, IReadOnlyList<FetchedOffset> Offsets);
