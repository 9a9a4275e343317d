using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Decides what a JoinGroup means to a group: a member to be, a new member, one that comes back, one that asks again. The answer comes with
/// the next generation, or at once when nothing changes for the others. KIP-394, KIP-345, KIP-814. On its shard's loop.
/// </summary>
internal sealed class GroupJoin(GroupOptions options, IShardContext<GroupRecord> context, GroupRebalance rebalance, MemberIds memberIds)
{
    /// <summary>A session timeout outside the limits: the only thing checked before the group is looked for.</summary>
    public bool IsValidSession(JoinRequest request)
        => request.SessionTimeoutMs >= options.MinSessionTimeoutMs && request.SessionTimeoutMs <= options.MaxSessionTimeoutMs;

    public void Join(ClassicGroup group, JoinRequest request, Reply<JoinReply> reply)
    {
        if (!HasRoomFor(group, request.MemberId))
        {
            group.Remove(request.MemberId);
            reply.Send(new JoinReply(KafkaError.GroupMaxSizeReached, ""));
        }
        else if (!group.Supports(request.ProtocolType, request.Protocols))
        {
            reply.Send(new JoinReply(KafkaError.InconsistentGroupProtocol, request.MemberId));
        }
        else if (request.MemberId.Length == 0)
        {
            JoinWithoutId(group, request, reply);
        }
        else
        {
            JoinWithId(group, request, reply);
        }
        rebalance.TryComplete(group);
    }

    /// <summary>While members gather those who wait are counted, so that whoever comes first gets in.</summary>
    private bool HasRoomFor(ClassicGroup group, string memberId) => group.State switch
    {
        ClassicGroupState.PreparingRebalance => group.Find(memberId)?.AwaitedJoin is not null || group.AwaitingJoinCount < options.MaxSize,
        ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable => group.Has(memberId) || group.MemberCount < options.MaxSize,
        _ => true,
    };

    private void JoinWithoutId(ClassicGroup group, JoinRequest request, Reply<JoinReply> reply)
    {
        var memberId = memberIds.Create(request.ClientId, request.GroupInstanceId);
        if (request.GroupInstanceId is { } instanceId && group.MemberIdOf(instanceId) is { } oldMemberId)
        {
            Replace(group, group.Find(oldMemberId)!, memberId, request, reply);
        }
        else if (request.RequiresKnownMemberId && request.GroupInstanceId is null)
        {
            var timer = context.CreateTimer(() => OnPendingTimer(group, memberId));
            group.AddPending(memberId, timer);
            timer.Arm(request.SessionTimeoutMs);
            reply.Send(new JoinReply(KafkaError.MemberIdRequired, memberId));
        }
        else
        {
            Add(group, memberId, request, reply);
        }
    }

    private void JoinWithId(ClassicGroup group, JoinRequest request, Reply<JoinReply> reply)
    {
        if (group.IsPending(request.MemberId))
        {
            // Ids of pending members are only given to members without an instance id.
            if (request.GroupInstanceId is null)
                Add(group, request.MemberId, request, reply);
            else
                reply.Send(new JoinReply(KafkaError.UnknownServerError, request.MemberId));
            return;
        }
        var error = group.CheckMember(request.MemberId, request.GroupInstanceId);
        if (error == KafkaError.None && group.State is ClassicGroupState.Empty or ClassicGroupState.Dead)
            error = KafkaError.UnknownMemberId;
        if (error != KafkaError.None)
        {
            reply.Send(new JoinReply(error, request.MemberId));
            return;
        }
        var member = group.Find(request.MemberId)!;
        if (ChangesNothing(group, member, request))
            reply.Send(CurrentGeneration(group, member));
        else
            Update(group, member, request, reply);
    }

    /// <summary>
    /// The answer got lost, or a follower asks without need. A leader of a stable group joins to have partitions assigned anew.
    /// </summary>
    private static bool ChangesNothing(ClassicGroup group, ClassicMember member, JoinRequest request) => group.State switch
    {
        ClassicGroupState.CompletingRebalance => member.HasSameProtocols(request.Protocols),
        ClassicGroupState.Stable => !group.IsLeader(member.MemberId) && member.HasSameProtocols(request.Protocols),
        _ => false,
    };

    private static JoinReply CurrentGeneration(ClassicGroup group, ClassicMember member)
        => new(KafkaError.None, member.MemberId, group.GenerationId, group.ProtocolType, group.ProtocolName, group.LeaderId!,
            Members: group.IsLeader(member.MemberId) ? group.MembersForLeader() : []);

    private void Add(ClassicGroup group, string memberId, JoinRequest request, Reply<JoinReply> reply)
    {
        var member = NewMember(memberId, request);
        member.IsNew = true;
        member.AwaitedJoin = reply;
        if (group.State == ClassicGroupState.PreparingRebalance && group.GenerationId == 0)
            group.NewMemberAdded = true;
        if (group.MemberCount == 0)
            group.ProtocolType = request.ProtocolType;
        group.Add(member);
        // It has no id to send heartbeats with yet, and a broken connection is not noticed while the request waits.
        rebalance.RestartSession(group, member, options.NewMemberJoinTimeoutMs);
        rebalance.MaybePrepare(group, "a member joined");
    }

    private void Update(ClassicGroup group, ClassicMember member, JoinRequest request, Reply<JoinReply> reply)
    {
        group.Update(member, request.Protocols, request.RebalanceTimeoutMs, request.SessionTimeoutMs);
        Await(member, reply);
        rebalance.MaybePrepare(group, group.IsLeader(member.MemberId) ? "the leader joined again" : "a member changed its protocols");
    }

    /// <summary>
    /// A static member has started again: its new id takes the old one's place, and whoever still uses the old one is fenced.
    /// </summary>
    private void Replace(ClassicGroup group, ClassicMember old, string memberId, JoinRequest request, Reply<JoinReply> reply)
    {
        var oldLeaderId = group.LeaderId;
        old.AnswerJoin(new JoinReply(KafkaError.FencedInstanceId, old.MemberId));
        old.AnswerSync(SyncReply.Failed(KafkaError.FencedInstanceId));
        var member = NewMember(memberId, request);
        member.AwaitedJoin = reply;
        group.Replace(old, member);
        rebalance.RestartSession(group, member);
        if (group.State == ClassicGroupState.CompletingRebalance)
            rebalance.Prepare(group, "a static member was replaced");
        else if (group.State == ClassicGroupState.Stable && group.SelectProtocol() != group.ProtocolName)
            rebalance.Prepare(group, "a static member changed the group's protocol");
        else if (group.State == ClassicGroupState.Stable)
            PersistReplacement(group, old, member, oldLeaderId, request.SkipsAssignment);
    }

    /// <summary>
    /// Nothing changes for the others, so there is no rebalance; but the new id must be known to the next coordinator before it is used.
    /// </summary>
    private void PersistReplacement(ClassicGroup group, ClassicMember old, ClassicMember member, string? oldLeaderId, bool skipsAssignment)
    {
        context.Write([new GroupMetadataRecord(group.GroupId, group.Snapshot())], error =>
        {
            if (error != KafkaError.None)
            {
                member.AnswerJoin(new JoinReply(
                    GroupErrors.OfGroupRecord(error), "", group.GenerationId, group.ProtocolType, group.ProtocolName, oldLeaderId ?? ""));
                // What may be in the log stays in force: the client comes back and takes the place again.
                if (GroupErrors.MayBeCommitted(error) || group.Find(member.MemberId) != member)
                    return;
                group.Replace(member, old);
                rebalance.RestartSession(group, old);
                return;
            }
            // A client that knows of SkipAssignment may be told that it leads; an older one would compute assignments that nobody asked
            // for.
            var leads = group.IsLeader(member.MemberId);
            member.AnswerJoin(new JoinReply(
                KafkaError.None, member.MemberId, group.GenerationId, group.ProtocolType, group.ProtocolName,
                (skipsAssignment ? group.LeaderId : oldLeaderId) ?? "",
                SkipAssignment: skipsAssignment && leads,
                Members: skipsAssignment && leads ? group.MembersForLeader() : []));
            if (group.Find(member.MemberId) == member)
                rebalance.RestartSession(group, member);
        });
    }

    private static ClassicMember NewMember(string memberId, JoinRequest request) => new()
    {
        MemberId = memberId,
        GroupInstanceId = request.GroupInstanceId,
        ClientId = request.ClientId,
        ClientHost = request.ClientHost,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs,
        SessionTimeoutMs = request.SessionTimeoutMs,
        Protocols = request.Protocols,
    };

    /// <summary>A member that asks twice has given up the first request, which still needs an answer to free its connection.</summary>
    private static void Await(ClassicMember member, Reply<JoinReply> reply)
    {
        member.AnswerJoin(new JoinReply(KafkaError.RebalanceInProgress, member.MemberId));
        member.AwaitedJoin = reply;
    }

    private void OnPendingTimer(ClassicGroup group, string memberId)
    {
        if (group.State != ClassicGroupState.Dead && group.IsPending(memberId))
            rebalance.RemovePending(group, memberId);
    }
}
