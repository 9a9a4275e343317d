using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// A member of a classic group, from its join to its leaving, fencing or expiry. At most one JoinGroup and one SyncGroup of it wait for an
/// answer. Owned by its <see cref="ClassicGroup"/>.
/// </summary>
internal sealed class ClassicMember
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
    public required string ClientId { get; set; }
    public required string ClientHost { get; set; }
    public required int RebalanceTimeoutMs { get; set; }
    public required int SessionTimeoutMs { get; set; }

    /// <summary>In the client's order of preference. After loading only the chosen one is known.</summary>
    public required IReadOnlyList<MemberProtocol> Protocols { get; set; }

    public byte[] Assignment { get; set; } = [];

    /// <summary>True until its first generation is formed: it does not know its id yet and sends no heartbeats.</summary>
    public bool IsNew { get; set; }

    public Reply<JoinReply>? AwaitedJoin { get; set; }
    public Reply<SyncReply>? AwaitedSync { get; set; }

    /// <summary>Armed with the session timeout by all that shows the member alive.</summary>
    public ShardTimer? SessionTimer { get; set; }

    public bool IsStatic => GroupInstanceId is not null;

    /// <summary>
    /// A member that waits for others cannot send heartbeats, so its session does not run; only a new one may wait too long.
    /// </summary>
    public bool IsHeldByRebalance => !IsNew && (AwaitedJoin is not null || AwaitedSync is not null);

    public void AnswerJoin(JoinReply reply)
    {
        var awaited = AwaitedJoin;
        AwaitedJoin = null;
        awaited?.Send(reply);
    }

    public void AnswerSync(SyncReply reply)
    {
        var awaited = AwaitedSync;
        AwaitedSync = null;
        awaited?.Send(reply);
    }

    /// <summary>Names, bytes and order are the same.</summary>
    public bool HasSameProtocols(IReadOnlyList<MemberProtocol> others)
    {
        if (Protocols.Count != others.Count)
            return false;
        for (var i = 0; i < others.Count; i++)
        {
            if (Protocols[i].Name != others[i].Name || !Protocols[i].Metadata.AsSpan().SequenceEqual(others[i].Metadata))
                return false;
        }
        return true;
    }

    public byte[] MetadataFor(string? protocolName)
    {
        foreach (var protocol in Protocols)
        {
            if (protocol.Name == protocolName)
                return protocol.Metadata;
        }
        return [];
    }

    /// <summary>The member's first choice among the candidates; null when it supports none.</summary>
    public string? Vote(IReadOnlySet<string> candidates)
    {
        foreach (var protocol in Protocols)
        {
            if (candidates.Contains(protocol.Name))
                return protocol.Name;
        }
        return null;
    }
}
