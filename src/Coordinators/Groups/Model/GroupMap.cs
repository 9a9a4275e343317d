using System.Diagnostics.CodeAnalysis;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>The groups of one shard by their ids; an id has one group, of one kind. Changed on the shard's loop only.</summary>
internal sealed class GroupMap(IShardContext<GroupRecord> context, ShardMemory memory)
{
    private readonly Dictionary<string, IGroup> groups = [];

    public IReadOnlyCollection<IGroup> All => groups.Values;

    public bool Contains(string groupId) => groups.ContainsKey(groupId);

    public IGroup? Find(string groupId) => groups.GetValueOrDefault(groupId);

    /// <summary>False also when the id's group is of another kind.</summary>
    public bool TryFind<TGroup>(string groupId, [NotNullWhen(true)] out TGroup? group)
        where TGroup : class, IGroup
    {
        group = Find(groupId) as TGroup;
        return group is not null;
    }

    /// <summary>Whether memory is left for a group of this id.</summary>
    public bool HasRoomFor(string groupId) => memory.HasRoomFor(SizeOf(groupId));

    public void Add(IGroup group)
    {
        Invariant.Holds(context.IsCurrent);
        groups.Add(group.GroupId, group);
        memory.Change(SizeOf(group.GroupId));
    }

    public void Remove(IGroup group)
    {
        Invariant.Holds(context.IsCurrent);
        if (groups.Remove(group.GroupId))
            memory.Change(-SizeOf(group.GroupId));
    }

    public void Clear()
    {
        Invariant.Holds(context.IsCurrent);
        groups.Clear();
    }

    private static long SizeOf(string groupId) => ShardMemory.GroupBytes + ShardMemory.OfText(groupId);
}
