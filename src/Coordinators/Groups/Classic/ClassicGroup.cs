using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// A classic group and its members: who is in it, who leads, what they have in common. Decides nothing about when to rebalance. A group
/// with members has a leader among them; every static instance id maps to a member; a member is never pending too. A group without members
/// that never had any (its protocol type is null) only holds offsets, for clients that assign partitions themselves. Changed on its shard's
/// loop only.
/// </summary>
internal sealed class ClassicGroup(string groupId, IShardContext<GroupRecord> context, ShardMemory memory) : IGroup
{
    private const string ConsumerProtocolType = "consumer";

    private readonly Dictionary<string, ClassicMember> members = [];
    private readonly Dictionary<string, string> memberIdByInstanceId = [];
    private readonly Dictionary<string, ShardTimer> pendingMembers = [];
    private readonly ProtocolSupport protocolSupport = new();

    public string GroupId { get; } = groupId;
    public ClassicGroupState State { get; private set; } = ClassicGroupState.Empty;
    public long CurrentStateTimestampMs { get; private set; } = context.NowMs;
    public int GenerationId { get; set; }

    /// <summary>Set by the first member; null for a group that only holds offsets.</summary>
    public string? ProtocolType { get; set; }

    /// <summary>The protocol chosen for this generation.</summary>
    public string? ProtocolName { get; set; }

    public string? LeaderId { get; set; }

    /// <summary>The log holds a record of this group.</summary>
    public bool HasRecord { get; set; }

    /// <summary>Runs while PreparingRebalance.</summary>
    public ShardTimer? JoinTimer { get; set; }

    /// <summary>Runs from a new generation until every member has asked for its assignment.</summary>
    public ShardTimer? SyncTimer { get; set; }

    /// <summary>
    /// What is left of the time by which a group's first rebalance may still be put off; null when it is no first rebalance. KIP-134.
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
    public int AwaitingJoinCount => members.Values.Count(member => member.AwaitedJoin is not null);
    public bool HasAllMembersJoined => pendingMembers.Count == 0 && members.Values.All(member => member.AwaitedJoin is not null);
    public bool CanRebalance => State is ClassicGroupState.Empty or ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable;
    public int RebalanceTimeoutMs => members.Count == 0 ? 0 : members.Values.Max(member => member.RebalanceTimeoutMs);

    public ListedGroup Listed
        => new() { GroupId = GroupId, ProtocolType = ProtocolType ?? "", State = State.ToString(), Type = "classic" };

    public bool IsUnused => State == ClassicGroupState.Empty && pendingMembers.Count == 0;

    public bool Has(string memberId) => members.ContainsKey(memberId);
    public bool IsPending(string memberId) => pendingMembers.ContainsKey(memberId);
    public bool IsLeader(string memberId) => LeaderId == memberId;
    public ClassicMember? Find(string memberId) => members.GetValueOrDefault(memberId);
    public string? MemberIdOf(string groupInstanceId) => memberIdByInstanceId.GetValueOrDefault(groupInstanceId);

    /// <param name="sinceMs">When the state began, for a group that comes from a record; null stands for now.</param>
    public void TransitionTo(ClassicGroupState state, long? sinceMs = null)
    {
        Invariant.Holds(context.IsCurrent);
        (State, CurrentStateTimestampMs) = (state, sinceMs ?? context.NowMs);
    }

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

    public KafkaError CheckCommit(Committer committer, bool isTransactional)
    {
        if (committer.GenerationId < 0 && State == ClassicGroupState.Empty)
            return KafkaError.None;
        if (committer.GenerationId < 0 && committer.MemberId.Length == 0 && committer.GroupInstanceId is null)
            return isTransactional ? KafkaError.None : KafkaError.UnknownMemberId;
        var error = CheckMember(committer.MemberId, committer.GroupInstanceId);
        if (error != KafkaError.None)
            return error;
        if (committer.GenerationId != GenerationId)
            return KafkaError.IllegalGeneration;
        // The member knows this generation, so it has joined; it must fetch its assignment before it can have anything to commit.
        return State == ClassicGroupState.CompletingRebalance && !isTransactional ? KafkaError.RebalanceInProgress : KafkaError.None;
    }

    public void OnCommitAccepted(Committer committer) => Find(committer.MemberId)?.RestartSession();

    /// <summary>Of groups with members only a consumer's says which topics it reads.</summary>
    public KafkaError CheckOffsetDelete()
        => State == ClassicGroupState.Empty || ProtocolType == ConsumerProtocolType ? KafkaError.None : KafkaError.NonEmptyGroup;

    public IReadOnlySet<string>? SubscribedTopics()
        => ConsumerSubscription.TopicsOf(members.Values.Select(member => member.MetadataFor(ProtocolName)));

    public OffsetExpirationCondition? OffsetExpiration()
    {
        if (ProtocolType is null)
            return new OffsetExpirationCondition();
        // A record of an old version does not say since when the group is empty.
        if (State == ClassicGroupState.Empty)
            return new OffsetExpirationCondition { EmptySinceMs = CurrentStateTimestampMs < 0 ? null : CurrentStateTimestampMs };
        if (ProtocolType != ConsumerProtocolType || State != ClassicGroupState.Stable)
            return null;
        return SubscribedTopics() is { } topics ? new OffsetExpirationCondition { SubscribedTopics = topics } : null;
    }

    public KafkaError CheckDelete() => State == ClassicGroupState.Empty ? KafkaError.None : KafkaError.NonEmptyGroup;

    public void AddTombstones(List<GroupRecord> tombstones)
    {
        // A group that never got beyond its first join has no record to delete.
        if (HasRecord)
            tombstones.Add(new GroupMetadataRecord(GroupId, null));
    }

    public void Add(ClassicMember member)
    {
        Invariant.Holds(context.IsCurrent);
        members.Add(member.MemberId, member);
        if (member.GroupInstanceId is { } instanceId)
            memberIdByInstanceId.Add(instanceId, member.MemberId);
        LeaderId ??= member.MemberId;
        protocolSupport.Add(member.Protocols);
        memory.Change(MemberProtocol.SizeOf(member.Protocols));
        RemovePending(member.MemberId);
    }

    /// <summary>Takes a member or a pending member out, its timers stopped; answers nothing. Another member leads if it led.</summary>
    public void Remove(string memberId)
    {
        Invariant.Holds(context.IsCurrent);
        RemovePending(memberId);
        PendingSyncMembers.Remove(memberId);
        if (!members.Remove(memberId, out var member))
            return;
        member.SessionTimer?.Cancel();
        protocolSupport.Remove(member.Protocols);
        memory.Change(-MemberProtocol.SizeOf(member.Protocols));
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

    /// <summary>A member has joined again, with other protocols and timeouts perhaps.</summary>
    public void Update(ClassicMember member, JoinRequest request)
    {
        Invariant.Holds(context.IsCurrent);
        protocolSupport.Remove(member.Protocols);
        protocolSupport.Add(request.Protocols);
        memory.Change(MemberProtocol.SizeOf(request.Protocols) - MemberProtocol.SizeOf(member.Protocols));
        member.Protocols = request.Protocols;
        member.RebalanceTimeoutMs = request.RebalanceTimeoutMs;
        member.SessionTimeoutMs = request.SessionTimeoutMs;
    }

    /// <summary>An id is given out to a client, which is to join with it before the timer fires. KIP-394.</summary>
    public void AddPending(string memberId, ShardTimer timer)
    {
        Invariant.Holds(context.IsCurrent);
        pendingMembers.Add(memberId, timer);
        memory.Change(ShardMemory.MemberBytes);
    }

    public void Die(KafkaError error)
    {
        TransitionTo(ClassicGroupState.Dead);
        JoinTimer?.Cancel();
        SyncTimer?.Cancel();
        foreach (var memberId in pendingMembers.Keys.ToList())
            RemovePending(memberId);
        foreach (var member in members.Values)
        {
            member.SessionTimer?.Cancel();
            member.AnswerJoin(JoinReply.Failed(error, member.MemberId));
            member.AnswerSync(SyncReply.Failed(error));
        }
    }

    /// <summary>Whether one with these protocols fits in: the group's type and something that all members support.</summary>
    public bool Supports(string protocolType, IReadOnlyList<MemberProtocol> protocols)
    {
        if (State == ClassicGroupState.Empty)
            return protocolType.Length > 0 && protocols.Count > 0;
        return ProtocolType == protocolType && protocolSupport.HasCommon(protocols, members.Count);
    }

    /// <summary>The protocol that the members as they are would use. There is at least one.</summary>
    public string SelectProtocol() => protocolSupport.Select(members.Values);

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

    /// <summary>The current generation as a member is told of it, with all members for the leader.</summary>
    public JoinReply GenerationFor(ClassicMember member) => new()
    {
        Error = KafkaError.None,
        MemberId = member.MemberId,
        GenerationId = GenerationId,
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        LeaderId = LeaderId ?? "",
        Members = IsLeader(member.MemberId) ? [.. members.Values.Select(each => each.ForLeader(ProtocolName))] : [],
    };

    /// <summary>The member's assignment in the current generation, as it is told.</summary>
    public SyncReply AssignmentFor(ClassicMember member) => new()
    {
        Error = KafkaError.None,
        ProtocolType = ProtocolType,
        ProtocolName = ProtocolName,
        Assignment = member.Assignment,
    };

    /// <summary>What the group's record holds.</summary>
    /// <param name="assignments">By member id, empty for who is not in it; null stands for the assignments that members have.</param>
    public GroupSnapshot Snapshot(IReadOnlyDictionary<string, byte[]>? assignments = null) => new()
    {
        ProtocolType = ProtocolType,
        GenerationId = GenerationId,
        ProtocolName = ProtocolName,
        LeaderId = LeaderId,
        CurrentStateTimestampMs = CurrentStateTimestampMs,
        Members = [.. members.Values.Select(member => member.Snapshot(
            ProtocolName, assignments is null ? member.Assignment : assignments.GetValueOrDefault(member.MemberId, [])))],
    };

    private void RemovePending(string memberId)
    {
        if (!pendingMembers.Remove(memberId, out var timer))
            return;
        memory.Change(-ShardMemory.MemberBytes);
        timer.Cancel();
    }
}
