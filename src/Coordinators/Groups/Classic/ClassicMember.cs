using KafkaCompatBroker.Coordinators.Groups.Records;
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

    /// <summary>Ends the session of a member that is not heard of. Set when the member comes into its group.</summary>
    public ShardTimer? SessionTimer { get; set; }

    public bool IsStatic => GroupInstanceId is not null;

    /// <summary>
    /// A member that waits for others cannot send heartbeats, so its session does not run; only a new one may wait too long.
    /// </summary>
    public bool IsHeldByRebalance => !IsNew && (AwaitedJoin is not null || AwaitedSync is not null);

    /// <summary>The member has shown that it lives: its session timeout begins anew.</summary>
    public void RestartSession()
    {
        Invariant.Holds(SessionTimer is not null);
        SessionTimer.Arm(SessionTimeoutMs);
    }

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

    public JoinReplyMember ForLeader(string? protocolName)
        => new() { MemberId = MemberId, GroupInstanceId = GroupInstanceId, Metadata = MetadataFor(protocolName) };

    /// <summary>The member's part of its group's record.</summary>
    public MemberSnapshot Snapshot(string? protocolName, byte[] assignment) => new()
    {
        MemberId = MemberId,
        GroupInstanceId = GroupInstanceId,
        ClientId = ClientId,
        ClientHost = ClientHost,
        RebalanceTimeoutMs = RebalanceTimeoutMs,
        SessionTimeoutMs = SessionTimeoutMs,
        Subscription = MetadataFor(protocolName),
        Assignment = assignment,
    };

    /// <summary>The member of a loaded group: of its protocols only the one that was chosen is known.</summary>
    public static ClassicMember From(MemberSnapshot snapshot, string? protocolName) => new()
    {
        MemberId = snapshot.MemberId,
        GroupInstanceId = snapshot.GroupInstanceId,
        ClientId = snapshot.ClientId,
        ClientHost = snapshot.ClientHost,
        // A record of the oldest version has none.
        RebalanceTimeoutMs = snapshot.RebalanceTimeoutMs < 0 ? snapshot.SessionTimeoutMs : snapshot.RebalanceTimeoutMs,
        SessionTimeoutMs = snapshot.SessionTimeoutMs,
        Protocols = [new MemberProtocol(protocolName ?? "", snapshot.Subscription)],
        Assignment = snapshot.Assignment,
    };
}
