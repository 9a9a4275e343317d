using KafkaCompatBroker.Coordinators.Groups.Model;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>One protocol that a member could use: an assignor's name ("range") and metadata that only clients understand.</summary>
public sealed record MemberProtocol(string Name, byte[] Metadata)
{
    /// <summary>About what a member with these protocols takes in memory.</summary>
    internal static long SizeOf(IReadOnlyList<MemberProtocol> protocols)
        => ShardMemory.MemberBytes + protocols.Sum(protocol => protocol.Metadata.Length + ShardMemory.OfText(protocol.Name));
}

/// <summary>JoinGroup.</summary>
public sealed record JoinRequest
{
    public required string GroupId { get; init; }

    /// <summary>Empty for a client that is not a member yet.</summary>
    public required string MemberId { get; init; }

    /// <summary>Makes the member a static one, which keeps its place over restarts. KIP-345.</summary>
    public required string? GroupInstanceId { get; init; }

    /// <summary>A dynamic member without id is given one and must come back with it. KIP-394.</summary>
    public required bool RequiresKnownMemberId { get; init; }

    /// <summary>The client understands <see cref="JoinReply.SkipAssignment"/>. KIP-814.</summary>
    public required bool SkipsAssignment { get; init; }

    public required string ClientId { get; init; }

    /// <summary>As Java prints an address: <c>/10.0.0.1</c>.</summary>
    public required string ClientHost { get; init; }

    public required int RebalanceTimeoutMs { get; init; }
    public required int SessionTimeoutMs { get; init; }
    public required string ProtocolType { get; init; }

    /// <summary>In the client's order of preference.</summary>
    public required IReadOnlyList<MemberProtocol> Protocols { get; init; }
}

/// <summary>A member as the leader is told of it.</summary>
public sealed record JoinReplyMember
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
    public required byte[] Metadata { get; init; }
}

/// <summary>Without an error: the generation that the member is part of.</summary>
public sealed record JoinReply
{
    public required KafkaError Error { get; init; }

    /// <summary>Empty beside an error after which the client is to join as a new member.</summary>
    public required string MemberId { get; init; }

    public int GenerationId { get; init; } = -1;
    public string? ProtocolType { get; init; }
    public string? ProtocolName { get; init; }
    public string LeaderId { get; init; } = "";

    /// <summary>The leader keeps the group's assignment as it is instead of computing one. KIP-814.</summary>
    public bool SkipAssignment { get; init; }

    /// <summary>All members for the leader, none for others.</summary>
    public IReadOnlyList<JoinReplyMember> Members { get; init; } = [];

    public static JoinReply Failed(KafkaError error, string memberId) => new() { Error = error, MemberId = memberId };
}
