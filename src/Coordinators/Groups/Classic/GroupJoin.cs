using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// What a JoinGroup means to a group: from a client without a member id, from one that comes with the id it was given, or from a member.
/// It is answered when the next generation is formed, or at once when the current generation is not affected. KIP-394, KIP-345, KIP-814.
/// On its shard's loop.
/// </summary>
internal sealed class GroupJoin(
    GroupOptions options, IShardContext<GroupRecord> context, ShardMemory memory, GroupRebalance rebalance, MemberIds memberIds)
{
    /// <summary>How long a member that has never been part of a generation may wait for its first one; fixed in Kafka too.</summary>
    private const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;

    /// <summary>Whether the session timeout is within the broker's limits. It is checked before the group is looked for.</summary>
    public bool IsValidSession(JoinRequest request)
        => request.SessionTimeoutMs >= options.MinSessionTimeoutMs && request.SessionTimeoutMs <= options.MaxSessionTimeoutMs;

    /// <summary>Whether what the member brings fits into a record of its group. Kafka finds out only when it writes that record.</summary>
    public bool IsMetadataWithinBound(JoinRequest request)
        => MemberProtocol.SizeOf(request.Protocols) - ShardMemory.MemberBytes <= options.MemberMetadataMaxBytes();

    public void Join(ClassicGroup group, JoinRequest request, Reply<JoinReply> reply)
    {
        if (!HasRoomFor(group, request.MemberId))
        {
            group.Remove(request.MemberId);
            reply.Send(JoinReply.Failed(KafkaError.GroupMaxSizeReached, ""));
        }
        else if (!group.Supports(request.ProtocolType, request.Protocols))
        {
            reply.Send(JoinReply.Failed(KafkaError.InconsistentGroupProtocol, request.MemberId));
        }
        else if (!HasMemoryFor(group, request))
        {
            reply.Send(JoinReply.Failed(KafkaError.CoordinatorNotAvailable, request.MemberId));
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

    /// <summary>
    /// Whether <c>group.max.size</c> leaves room. While the group is PreparingRebalance, the members that have joined are counted, so that
    /// those who join first get in.
    /// </summary>
    private bool HasRoomFor(ClassicGroup group, string memberId) => group.State switch
    {
        ClassicGroupState.PreparingRebalance => group.Find(memberId)?.AwaitedJoin is not null || group.AwaitingJoinCount < options.MaxSize,
        ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable => group.Has(memberId) || group.MemberCount < options.MaxSize,
        _ => true,
    };

    private bool HasMemoryFor(ClassicGroup group, JoinRequest request)
        => memory.HasRoomFor(
            MemberProtocol.SizeOf(request.Protocols)
            - (group.Find(request.MemberId) is { } member ? MemberProtocol.SizeOf(member.Protocols) : 0));

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
            reply.Send(JoinReply.Failed(KafkaError.MemberIdRequired, memberId));
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
                reply.Send(JoinReply.Failed(KafkaError.UnknownServerError, request.MemberId));
            return;
        }
        var error = group.CheckMember(request.MemberId, request.GroupInstanceId);
        if (error == KafkaError.None && group.State is ClassicGroupState.Empty or ClassicGroupState.Dead)
            error = KafkaError.UnknownMemberId;
        if (error != KafkaError.None)
        {
            reply.Send(JoinReply.Failed(error, request.MemberId));
            return;
        }
        var member = group.Find(request.MemberId)!;
        if (ChangesNothing(group, member, request))
            reply.Send(group.GenerationFor(member));
        else
            Update(group, member, request, reply);
    }

    /// <summary>
    /// True for a member that repeats itself, its last answer being lost perhaps: it is answered with the current generation. The leader of
    /// a Stable group joins again in order to have the partitions assigned anew.
    /// </summary>
    private static bool ChangesNothing(ClassicGroup group, ClassicMember member, JoinRequest request) => group.State switch
    {
        ClassicGroupState.CompletingRebalance => member.HasSameProtocols(request.Protocols),
        ClassicGroupState.Stable => !group.IsLeader(member.MemberId) && member.HasSameProtocols(request.Protocols),
        _ => false,
    };

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
        // It cannot send heartbeats before it is told its id, and a client that goes away while its request waits is not noticed.
        rebalance.StartSession(group, member, NewMemberJoinTimeoutMs);
        rebalance.MaybePrepare(group, "a member joined");
    }

    private void Update(ClassicGroup group, ClassicMember member, JoinRequest request, Reply<JoinReply> reply)
    {
        group.Update(member, request);
        Await(member, reply);
        rebalance.MaybePrepare(group, group.IsLeader(member.MemberId) ? "the leader joined again" : "a member changed its protocols");
    }

    /// <summary>
    /// A static member has started again: its new id takes the old one's place, and whoever still uses the old one is fenced.
    /// </summary>
    private void Replace(ClassicGroup group, ClassicMember old, string memberId, JoinRequest request, Reply<JoinReply> reply)
    {
        var oldLeaderId = group.LeaderId;
        old.AnswerJoin(JoinReply.Failed(KafkaError.FencedInstanceId, old.MemberId));
        old.AnswerSync(SyncReply.Failed(KafkaError.FencedInstanceId));
        var member = NewMember(memberId, request);
        member.AwaitedJoin = reply;
        group.Replace(old, member);
        rebalance.StartSession(group, member, member.SessionTimeoutMs);
        if (group.State == ClassicGroupState.CompletingRebalance)
            rebalance.Prepare(group, "a static member was replaced");
        else if (group.State == ClassicGroupState.Stable && group.SelectProtocol() != group.ProtocolName)
            rebalance.Prepare(group, "a static member changed the group's protocol");
        else if (group.State == ClassicGroupState.Stable)
            PersistReplacement(group, old, member, oldLeaderId, request.SkipsAssignment);
    }

    /// <summary>
    /// Nothing changes for the other members, so there is no rebalance; but the next coordinator must know the new id before the client
    /// uses it.
    /// </summary>
    private void PersistReplacement(ClassicGroup group, ClassicMember old, ClassicMember member, string? oldLeaderId, bool skipsAssignment)
    {
        context.Write([new GroupMetadataRecord(group.GroupId, group.Snapshot())], error =>
        {
            var generation = group.GenerationFor(member);
            if (error != KafkaError.None)
            {
                member.AnswerJoin(generation with
                {
                    Error = AppendErrors.OfGroupRecord(error), MemberId = "", LeaderId = oldLeaderId ?? "", Members = [],
                });
                // A replacement that may be in the log stays in force: the client joins again and replaces it in turn.
                if (AppendErrors.MayBeCommitted(error) || group.Find(member.MemberId) != member)
                    return;
                group.Replace(member, old);
                old.RestartSession();
                return;
            }
            // A client that knows SkipAssignment is told when it leads; an older one would compute an assignment that nobody asked for, so
            // it is told that the old id leads.
            member.AnswerJoin(skipsAssignment
                ? generation with { SkipAssignment = group.IsLeader(member.MemberId) }
                : generation with { LeaderId = oldLeaderId ?? "", Members = [] });
            if (group.Find(member.MemberId) == member)
                member.RestartSession();
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

    /// <summary>
    /// The answer waits for the next generation. A member that joins twice has given up its first request, which still needs an answer to
    /// free its connection.
    /// </summary>
    private static void Await(ClassicMember member, Reply<JoinReply> reply)
    {
        member.AnswerJoin(JoinReply.Failed(KafkaError.RebalanceInProgress, member.MemberId));
        member.AwaitedJoin = reply;
    }

    private void OnPendingTimer(ClassicGroup group, string memberId)
    {
        if (group.State != ClassicGroupState.Dead && group.IsPending(memberId))
            rebalance.RemovePending(group, memberId);
    }
}
