namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>Heartbeat.</summary>
public sealed record MemberHeartbeat
{
    public required string GroupId { get; init; }
    public required int GenerationId { get; init; }
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
}
