namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>Who commits offsets, as the request says.</summary>
public sealed record Committer
{
    /// <summary>Empty for a client that uses the group without being its member.</summary>
    public required string MemberId { get; init; }

    /// <summary>A static member's <c>group.instance.id</c>. KIP-345.</summary>
    public required string? GroupInstanceId { get; init; }

    /// <summary>Below zero for a client outside the group's generations.</summary>
    public required int GenerationId { get; init; }
}
