using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>Makes a group of what its record holds, as its new coordinator does: with members it is Stable.</summary>
internal static class LoadedGroup
{
    /// <summary>The members' sessions are still to be started.</summary>
    public static ClassicGroup From(string groupId, GroupSnapshot snapshot, IShardContext<GroupRecord> context, ShardMemory memory)
    {
        var group = new ClassicGroup(groupId, context, memory)
        {
            GenerationId = snapshot.GenerationId,
            ProtocolType = snapshot.ProtocolType,
            ProtocolName = snapshot.ProtocolName,
            HasRecord = true,
        };
        foreach (var member in snapshot.Members)
            group.Add(ClassicMember.From(member, snapshot.ProtocolName));
        if (snapshot.LeaderId is { } leaderId && group.Has(leaderId))
            group.LeaderId = leaderId;
        group.TransitionTo(
            group.MemberCount == 0 ? ClassicGroupState.Empty : ClassicGroupState.Stable, snapshot.CurrentStateTimestampMs);
        return group;
    }
}
