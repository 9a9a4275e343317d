using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// The classic groups of a shard: their records, and the requests by which their members join, share the work and leave. Durable are the
/// snapshots, which change only in <see cref="Apply"/>; <see cref="ClassicGroup"/>s, with their timers and waiting members, are made from
/// the snapshots when loading ends and from requests after that. On its shard's loop.
/// </summary>
internal sealed class ClassicGroups
{
    private readonly GroupOptions options;
    private readonly IShardContext<GroupRecord> context;
    private readonly GroupMap groups;
    private readonly ShardMemory memory;
    private readonly GroupRebalance rebalance;
    private readonly GroupJoin joins;
    private readonly GroupSync syncs;
    private readonly GroupMembership membership;
    private readonly Dictionary<string, GroupSnapshot> snapshots = [];

    /// <param name="groups">The groups of the shard, of other kinds too.</param>
    public ClassicGroups(GroupOptions options, IShardContext<GroupRecord> context, GroupMap groups, ShardMemory memory, MemberIds memberIds)
    {
        (this.options, this.context, this.groups, this.memory) = (options, context, groups, memory);
        rebalance = new GroupRebalance(options, context);
        joins = new GroupJoin(options, context, memory, rebalance, memberIds);
        syncs = new GroupSync(context, rebalance);
        membership = new GroupMembership(rebalance);
    }

    public void Join(JoinRequest request, Reply<JoinReply> reply)
    {
        if (!joins.IsValidSession(request))
            reply.Send(JoinReply.Failed(KafkaError.InvalidSessionTimeout, request.MemberId));
        else if (!joins.IsMetadataWithinBound(request))
            reply.Send(JoinReply.Failed(KafkaError.MessageTooLarge, request.MemberId));
        else if (groups.TryFind<ClassicGroup>(request.GroupId, out var group))
            joins.Join(group, request, reply);
        else if (request.MemberId.Length == 0 && !groups.HasRoomFor(request.GroupId))
            reply.Send(JoinReply.Failed(KafkaError.CoordinatorNotAvailable, ""));
        else if (request.MemberId.Length == 0)
            joins.Join(Add(request.GroupId), request, reply);
        else
            reply.Send(JoinReply.Failed(KafkaError.UnknownMemberId, request.MemberId));
    }

    public void Sync(SyncRequest request, Reply<SyncReply> reply)
    {
        if (groups.TryFind<ClassicGroup>(request.GroupId, out var group))
            syncs.Sync(group, request, reply);
        else
            reply.Send(SyncReply.Failed(KafkaError.UnknownMemberId));
    }

    public KafkaError Heartbeat(MemberHeartbeat heartbeat)
        => groups.TryFind<ClassicGroup>(heartbeat.GroupId, out var group)
            ? membership.Heartbeat(group, heartbeat)
            : KafkaError.UnknownMemberId;

    public LeaveReply Leave(LeaveRequest request)
    {
        groups.TryFind<ClassicGroup>(request.GroupId, out var group);
        return new LeaveReply(KafkaError.None, [.. request.Members.Select(leaving => new LeftMember
        {
            MemberId = leaving.MemberId,
            GroupInstanceId = leaving.GroupInstanceId,
            Error = group is null ? KafkaError.UnknownMemberId : membership.Leave(group, leaving),
        })]);
    }

    public GroupDescription Describe(string groupId)
        => groups.TryFind<ClassicGroup>(groupId, out var group) ? GroupDescription.Of(group) : GroupDescription.Dead;

    /// <summary>A new group, Empty: for its first member, or to hold the offsets of clients without one.</summary>
    public ClassicGroup Add(string groupId)
    {
        var group = new ClassicGroup(groupId, context, memory) { HasRecord = snapshots.ContainsKey(groupId) };
        groups.Add(group);
        return group;
    }

    /// <summary>
    /// Makes the groups that records tell of and that are not there: all of them after loading, and those whose deletion could not be
    /// written. Their members' sessions begin; a group that a lowered <c>group.max.size</c> has made too large rebalances.
    /// </summary>
    public void AddFromRecords()
    {
        foreach (var (groupId, snapshot) in snapshots)
        {
            if (groups.Contains(groupId))
                continue;
            var group = LoadedGroup.From(groupId, snapshot, context, memory);
            groups.Add(group);
            foreach (var member in group.Members)
                rebalance.StartSession(group, member, member.SessionTimeoutMs);
            if (group.MemberCount > options.MaxSize)
                rebalance.MaybePrepare(group, "more members than group.max.size");
        }
    }

    public void Apply(GroupMetadataRecord record)
    {
        Invariant.Holds(context.IsCurrent);
        memory.Change(SizeOf(record.Value) - SizeOf(snapshots.GetValueOrDefault(record.GroupId)));
        if (record.Value is { } snapshot)
            snapshots[record.GroupId] = snapshot;
        else
            snapshots.Remove(record.GroupId);
        if (groups.TryFind<ClassicGroup>(record.GroupId, out var group))
            group.HasRecord = record.Value is not null;
    }

    private static long SizeOf(GroupSnapshot? snapshot)
        => snapshot?.Members.Sum(member => (long)ShardMemory.MemberBytes + member.Subscription.Length + member.Assignment.Length) ?? 0;
}
