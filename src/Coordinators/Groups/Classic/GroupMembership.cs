namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>How members stay in a group and leave it: Heartbeat and LeaveGroup. On its shard's loop.</summary>
internal sealed class GroupMembership(GroupRebalance rebalance)
{
    public KafkaError Heartbeat(ClassicGroup group, MemberHeartbeat heartbeat)
    {
        var error = group.CheckMember(heartbeat.MemberId, heartbeat.GroupInstanceId);
        if (error != KafkaError.None)
            return error;
        if (heartbeat.GenerationId != group.GenerationId)
            return KafkaError.IllegalGeneration;
        // A member may send heartbeats as soon as it has joined, before it has its assignment. The error tells it to join again.
        group.Find(heartbeat.MemberId)!.RestartSession();
        return group.State == ClassicGroupState.PreparingRebalance ? KafkaError.RebalanceInProgress : KafkaError.None;
    }

    public KafkaError Leave(ClassicGroup group, LeavingMember leaving)
    {
        if (leaving.MemberId.Length == 0)
        {
            // An administrator names a static member by its instance id alone.
            if (leaving.GroupInstanceId is null || group.MemberIdOf(leaving.GroupInstanceId) is not { } memberId)
                return KafkaError.UnknownMemberId;
            rebalance.RemoveMember(group, group.Find(memberId)!, "a static member was removed");
            return KafkaError.None;
        }
        if (group.IsPending(leaving.MemberId))
        {
            // Only a member without an instance id is given an id before it joins.
            if (leaving.GroupInstanceId is not null)
                return KafkaError.UnknownServerError;
            rebalance.RemovePending(group, leaving.MemberId);
            return KafkaError.None;
        }
        var error = group.CheckMember(leaving.MemberId, leaving.GroupInstanceId);
        if (error == KafkaError.None)
            rebalance.RemoveMember(group, group.Find(leaving.MemberId)!, "a member left");
        return error;
    }
}
