using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>The names are those on the wire.</summary>
public enum ClassicGroupState
{
    /// <summary>No members; may hold offsets.</summary>
    Empty,
    /// <summary>Waits for members to join. From Empty, CompletingRebalance, Stable.</summary>
    PreparingRebalance,
    /// <summary>Waits for the leader's assignment. From PreparingRebalance.</summary>
    CompletingRebalance,
    /// <summary>Every member can have its assignment. From CompletingRebalance, or loaded.</summary>
    Stable,
    /// <summary>Removed, or this broker no longer coordinates it.</summary>
    Dead,
}

/// <summary>
/// A classic group and its members: who is in it, who leads, what they have in common. Decides nothing about when to rebalance.
/// A group with members has a leader among them; every static instance id maps to a member; a member is never pending too. On its shard's
/// loop.
/// </summary>
internal sealed class ClassicGroup(string groupId, long nowMs)
{
    private readonly Dictionary<string, ClassicMember> members = [];
    private readonly Dictionary<string, string> memberIdByInstanceId = [];
    private readonly Dictionary<string, ShardTimer> pendingMembers = [];
    private readonly Dictionary<string, int> protocolSupport = [];

    public string GroupId { get; } = groupId;
    public ClassicGroupState State { get; private set; } = ClassicGroupState.Empty;
    public long CurrentStateTimestampMs { get; private set; } = nowMs;
    public int GenerationId { get; set; }

    /// <summary>Set by the first member; null for a group that only holds offsets.</summary>
    public string? ProtocolType { get; set; }

    /// <summary>The protocol chosen for this generation.</summary>
    public string? ProtocolName { get; set; }

    public string? LeaderId { get; set; }

    /// <summary>Runs while PreparingRebalance.</summary>
    public ShardTimer? JoinTimer { get; set; }

    /// <summary>Runs from a new generation until every member has asked for its assignment.</summary>
    public ShardTimer? SyncTimer { get; set; }

    /// <summary>
    /// What is left of the time by which a group's first rebalance may still be put off; null when it is no first rebalance.
    /// </summary>
    public long? InitialDelayRemainingMs { get; set; }

    /// <summary>Somebody joined during the current step of the initial delay.</summary>
    public bool NewMemberAdded { get; set; }

    /// <summary>The generation whose assignment is on its way into the log; −1 for none.</summary>
    public int AssignmentWrittenForGeneration { get; set; } = -1;

    /// <summary>Members that have not asked for their assignment in this generation.</summary>
    public HashSet<string> PendingSyncMembers { get; } = [];

    public IReadOnlyCollection<ClassicMember> Members => members.Values;
    public int MemberCount => members.Count;
    public int PendingMemberCount => pendingMembers.Count;
    public int AwaitingJoinCount => members.Values.Count(member => member.AwaitedJoin is not null);
    public bool HasAllMembersJoined => pendingMembers.Count == 0 && members.Values.All(member => member.AwaitedJoin is not null);
    public bool CanRebalance => State is ClassicGroupState.Empty or ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable;
    public int RebalanceTimeoutMs => members.Count == 0 ? 0 : members.Values.Max(member => member.RebalanceTimeoutMs);

    public bool Has(string memberId) => members.ContainsKey(memberId);
    public bool IsPending(string memberId) => pendingMembers.ContainsKey(memberId);
    public bool IsLeader(string memberId) => LeaderId == memberId;
    public ClassicMember? Find(string memberId) => members.GetValueOrDefault(memberId);
    public string? MemberIdOf(string groupInstanceId) => memberIdByInstanceId.GetValueOrDefault(groupInstanceId);

    public void TransitionTo(ClassicGroupState state, long nowMs) => (State, CurrentStateTimestampMs) = (state, nowMs);

    /// <summary>Whether it is a member, and under the instance id it says: UnknownMemberId, FencedInstanceId or None.</summary>
    public KafkaError CheckMember(string memberId, string? groupInstanceId)
    {
        if (groupInstanceId is not null)
        {
            var holder = MemberIdOf(groupInstanceId);
            if (holder is null)
                return KafkaError.UnknownMemberId;
            if (holder != memberId)
                return KafkaError.FencedInstanceId;
        }
        return Has(memberId) ? KafkaError.None : KafkaError.UnknownMemberId;
    }

    public void Add(ClassicMember member)
    {
        members.Add(member.MemberId, member);
        if (member.GroupInstanceId is { } instanceId)
            memberIdByInstanceId.Add(instanceId, member.MemberId);
        LeaderId ??= member.MemberId;
        CountProtocols(member.Protocols, 1);
        RemovePending(member.MemberId);
    }

    /// <summary>Takes a member or a pending member out, its timers stopped; answers nothing. Another member leads if it led.</summary>
    public void Remove(string memberId)
    {
        RemovePending(memberId);
        PendingSyncMembers.Remove(memberId);
        if (!members.Remove(memberId, out var member))
            return;
        member.SessionTimer?.Cancel();
        CountProtocols(member.Protocols, -1);
        if (member.GroupInstanceId is { } instanceId)
            memberIdByInstanceId.Remove(instanceId);
        if (IsLeader(memberId))
            LeaderId = members.Keys.FirstOrDefault();
    }

    /// <summary>
    /// A static member has come back under a new id and takes the old one's place, its leadership and assignment included.
    /// </summary>
    public void Replace(ClassicMember old, ClassicMember replacement)
    {
        replacement.Assignment = old.Assignment;
        var led = IsLeader(old.MemberId);
        var awaitsSync = PendingSyncMembers.Contains(old.MemberId);
        Remove(old.MemberId);
        Add(replacement);
        if (led)
            LeaderId = replacement.MemberId;
        if (awaitsSync)
            PendingSyncMembers.Add(replacement.MemberId);
    }

    public void Update(ClassicMember member, IReadOnlyList<MemberProtocol> protocols, int rebalanceTimeoutMs, int sessionTimeoutMs)
    {
        CountProtocols(member.Protocols, -1);
        CountProtocols(protocols, 1);
        (member.Protocols, member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (protocols, rebalanceTimeoutMs, sessionTimeoutMs);
    }

    public void AddPending(string memberId, ShardTimer timer) => pendingMembers.Add(memberId, timer);

    /// <summary>The group is gone from this broker: whoever waits is answered, and no timer fires any more.</summary>
    public void Die(KafkaError error, long nowMs)
    {
        TransitionTo(ClassicGroupState.Dead, nowMs);
        JoinTimer?.Cancel();
        SyncTimer?.Cancel();
        foreach (var timer in pendingMembers.Values)
            timer.Cancel();
        foreach (var member in members.Values)
        {
            member.SessionTimer?.Cancel();
            member.AnswerJoin(new JoinReply(error, member.MemberId));
            member.AnswerSync(SyncReply.Failed(error));
        }
    }

    private void RemovePending(string memberId)
    {
        if (pendingMembers.Remove(memberId, out var timer))
            timer.Cancel();
    }

    /// <summary>Whether one with these protocols fits in: the group's type and something that all members support.</summary>
    public bool Supports(string protocolType, IReadOnlyList<MemberProtocol> protocols)
    {
        if (State == ClassicGroupState.Empty)
            return protocolType.Length > 0 && protocols.Count > 0;
        if (ProtocolType != protocolType)
            return false;
        foreach (var protocol in protocols)
        {
            if (protocolSupport.GetValueOrDefault(protocol.Name) == members.Count)
                return true;
        }
        return false;
    }

    /// <summary>Each member votes for what it likes best among what all support; most votes win, the earlier voted for on a tie.</summary>
    public string SelectProtocol()
    {
        Invariant.Holds(members.Count > 0);
        var candidates = protocolSupport.Where(support => support.Value == members.Count).Select(support => support.Key).ToHashSet();
        var votes = new List<(string Name, int Count)>();
        foreach (var member in members.Values)
        {
            var name = member.Vote(candidates);
            Invariant.Holds(name is not null);
            var index = votes.FindIndex(vote => vote.Name == name);
            if (index < 0)
                votes.Add((name, 1));
            else
                votes[index] = (name, votes[index].Count + 1);
        }
        return votes.MaxBy(vote => vote.Count).Name;
    }

    /// <summary>Makes a member that has joined the leader when the leader has not; false when nobody has joined.</summary>
    public bool ElectJoinedLeader()
    {
        if (LeaderId is null)
            return false;
        if (members[LeaderId].AwaitedJoin is not null)
            return true;
        var joined = members.Values.FirstOrDefault(member => member.AwaitedJoin is not null);
        if (joined is null)
            return false;
        LeaderId = joined.MemberId;
        return true;
    }

    /// <summary>What the leader is told of the members.</summary>
    public IReadOnlyList<JoinReplyMember> MembersForLeader()
        => [.. members.Values.Select(
            member => new JoinReplyMember(member.MemberId, member.GroupInstanceId, member.MetadataFor(ProtocolName)))];

    /// <summary>What the group's record holds; assignments not given are the members' own.</summary>
    public GroupSnapshot Snapshot(IReadOnlyDictionary<string, byte[]>? assignments = null)
        => new(ProtocolType, GenerationId, ProtocolName, LeaderId, CurrentStateTimestampMs,
            [.. members.Values.Select(member => new MemberSnapshot(
                member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, member.RebalanceTimeoutMs,
                member.SessionTimeoutMs,
                member.MetadataFor(ProtocolName), assignments is null
                    ? member.Assignment
                    : assignments.GetValueOrDefault(member.MemberId, [])))]);

    private void CountProtocols(IReadOnlyList<MemberProtocol> protocols, int change)
    {
        // A name that a client lists twice counts once.
        foreach (var name in protocols.Select(protocol => protocol.Name).Distinct())
        {
            var count = protocolSupport.GetValueOrDefault(name) + change;
            if (count == 0)
                protocolSupport.Remove(name);
            else
                protocolSupport[name] = count;
        }
    }
}
