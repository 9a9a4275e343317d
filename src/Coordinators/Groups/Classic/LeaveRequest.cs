namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>A member to leave, or to be removed by an administrator, who may name a static one by its instance id alone.</summary>
public sealed record LeavingMember
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
}

/// <summary>LeaveGroup.</summary>
public sealed record LeaveRequest(string GroupId, IReadOnlyList<LeavingMember> Members);

/// <summary>What became of one of the request's members, under the ids by which the request named it.</summary>
public sealed record LeftMember
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
    public required KafkaError Error { get; init; }
}

/// <summary>In the order of the request's members; none beside an error of the whole request.</summary>
public sealed record LeaveReply(KafkaError Error, IReadOnlyList<LeftMember> Members);
