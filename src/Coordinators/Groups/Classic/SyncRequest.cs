namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>SyncGroup.</summary>
public sealed record SyncRequest
{
    public required string GroupId { get; init; }
    public required int GenerationId { get; init; }
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }

    /// <summary>Null is not compared with the group's.</summary>
    public required string? ProtocolType { get; init; }

    /// <summary>Null is not compared with the group's.</summary>
    public required string? ProtocolName { get; init; }

    /// <summary>By member id; from the leader only.</summary>
    public required IReadOnlyDictionary<string, byte[]> Assignments { get; init; }
}

/// <summary>Without an error: the member's assignment.</summary>
public sealed record SyncReply
{
    public required KafkaError Error { get; init; }
    public string? ProtocolType { get; init; }
    public string? ProtocolName { get; init; }
    public byte[] Assignment { get; init; } = [];

    public static SyncReply Failed(KafkaError error) => new() { Error = error };
}
