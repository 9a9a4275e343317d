using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Makes a group of what its record tells, as its new coordinator: with members it is Stable, and their sessions begin anew.
/// </summary>
internal static class LoadedGroup
{
    public static ClassicGroup From(string groupId, GroupSnapshot snapshot, long nowMs)
    {
        var group = new ClassicGroup(groupId, nowMs)
        {
            GenerationId = snapshot.GenerationId,
            ProtocolType = snapshot.ProtocolType,
            ProtocolName = snapshot.ProtocolName,
        };
        foreach (var member in snapshot.Members)
        {
            group.Add(new ClassicMember
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeoutMs = member.RebalanceTimeoutMs < 0 ? member.SessionTimeoutMs : member.RebalanceTimeoutMs,
                SessionTimeoutMs = member.SessionTimeoutMs,
                Protocols = [new MemberProtocol(snapshot.ProtocolName ?? "", member.Subscription)],
                Assignment = member.Assignment,
            });
        }
        if (snapshot.LeaderId is { } leaderId && group.Has(leaderId))
            group.LeaderId = leaderId;
        group.TransitionTo(
            group.MemberCount == 0 ? ClassicGroupState.Empty : ClassicGroupState.Stable,
            snapshot.CurrentStateTimestampMs);
        return group;
    }

    /// <summary>Starts the sessions; a group that a lowered <c>group.max.size</c> has made too large rebalances.</summary>
    public static void Resume(ClassicGroup group, GroupOptions options, GroupRebalance rebalance)
    {
        foreach (var member in group.Members)
            rebalance.RestartSession(group, member);
        if (group.MemberCount > options.MaxSize)
            rebalance.MaybePrepare(group, "more members than group.max.size");
    }
}
