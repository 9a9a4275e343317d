using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>
/// The state of one partition of <c>__consumer_offsets</c>: replays its records into the half they belong to, and brings requests to it.
/// The groups half (<see cref="Classic"/>; other kinds of group stand beside it) knows members and generations; the offsets half
/// (<see cref="Offsets"/>) knows what groups of every kind have committed, and asks an <see cref="IGroup"/> for what depends on it. What
/// concerns both halves, such as the end of a group, is here. On its shard's loop.
/// </summary>
internal sealed class GroupShard : ICoordinatorState<GroupRecord>
{
    private readonly IShardContext<GroupRecord> context;
    private readonly GroupMap groups;
    private readonly Tombstones tombstones;
    private readonly ShardMemory memory;

    public GroupShard(GroupOptions options, IShardContext<GroupRecord> context, GroupMemory memoryOfAll, MemberIds memberIds)
    {
        this.context = context;
        memory = new ShardMemory(memoryOfAll);
        groups = new GroupMap(context, memory);
        tombstones = new Tombstones(context);
        Classic = new ClassicGroups(options, context, groups, memory, memberIds);
        Offsets = new ShardOffsets(options, context, memory, tombstones);
    }

    public ClassicGroups Classic { get; }

    public ShardOffsets Offsets { get; }

    /// <summary>
    /// A commit outside of any generation makes the group, which then only holds offsets; so does one within a transaction, in any.
    /// </summary>
    public void Commit(CommitRequest request, Reply<CommitReply> reply)
    {
        var group = groups.Find(request.GroupId);
        var makesGroup = group is null && (request.Committer.GenerationId < 0 || request.IsTransactional);
        if (makesGroup && !groups.HasRoomFor(request.GroupId))
        {
            reply.Send(request.Failed(KafkaError.InvalidCommitOffsetSize));
            return;
        }
        if (makesGroup)
            group = Classic.Add(request.GroupId);
        if (group is null)
            reply.Send(request.Failed(KafkaError.IllegalGeneration));
        else
            Offsets.Commit(group, request, reply);
    }

    public void DeleteOffsets(DeleteOffsetsRequest request, Reply<DeleteOffsetsReply> reply)
        => Offsets.Delete(groups.Find(request.GroupId), request, reply);

    public IReadOnlyList<ListedGroup> List() => [.. groups.All.Select(group => group.Listed)];

    /// <summary>A group without members goes with its offsets; the answer comes once their tombstones are committed.</summary>
    public void Delete(string groupId, Reply<KafkaError> reply)
    {
        var group = groups.Find(groupId);
        var error = group?.CheckDelete() ?? KafkaError.GroupIdNotFound;
        if (error != KafkaError.None)
        {
            reply.Send(error);
            return;
        }
        var deleted = new List<GroupRecord>();
        Offsets.AddTombstones(groupId, deleted);
        Remove(group!, deleted, "deleted");
        tombstones.Write(deleted, "deletion of the group", outcome =>
        {
            if (outcome != KafkaError.None)
                AddMissingGroups();
            reply.Send(AppendErrors.OfOffsetRecords(outcome));
        });
    }

    /// <summary>Forgets offsets past their retention, and groups that are left with neither members nor offsets.</summary>
    public void ExpireOffsets()
    {
        context.RefreshHighWatermark();
        // A group comes back here when its tombstones could not be written.
        AddMissingGroups();
        var deleted = new List<GroupRecord>();
        foreach (var group in groups.All.ToList())
        {
            var isWithoutOffsets = Offsets.AddExpired(group, deleted);
            if (isWithoutOffsets && group.IsUnused)
                Remove(group, deleted, "neither members nor offsets");
        }
        tombstones.Write(deleted, "retention");
    }

    public void Apply(GroupRecord record, RecordPosition position)
    {
        switch (record)
        {
            case OffsetRecord offset:
                Offsets.Apply(offset, position);
                break;
            case GroupMetadataRecord group:
                Classic.Apply(group);
                break;
        }
    }

    public void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset) => Offsets.ApplyMarker(producer, isCommit, offset);

    public void OnLoaded() => AddMissingGroups();

    public void OnUnloaded()
    {
        foreach (var group in groups.All)
            group.Die(KafkaError.NotCoordinator);
        groups.Clear();
        memory.Release();
    }

    /// <summary>Makes the groups that the log tells of, by a record of their own or by offsets, and that are not there.</summary>
    private void AddMissingGroups()
    {
        Classic.AddFromRecords();
        foreach (var groupId in Offsets.GroupIds)
        {
            if (!groups.Contains(groupId))
                Classic.Add(groupId);
        }
    }

    private void Remove(IGroup group, List<GroupRecord> deleted, string reason)
    {
        context.Log.Info("group", $"group={group.GroupId} removed reason={reason}");
        groups.Remove(group);
        group.AddTombstones(deleted);
        // It has no members, but ids that were given out to join with may still be timed.
        group.Die(KafkaError.GroupIdNotFound);
    }
}
