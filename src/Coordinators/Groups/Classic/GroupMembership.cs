namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>Members staying in and leaving: Heartbeat and LeaveGroup. On its shard's loop.</summary>
internal sealed class GroupMembership(GroupRebalance rebalance)
{
    public KafkaError Heartbeat(ClassicGroup group, HeartbeatCall request)
    {
        var error = group.CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != KafkaError.None)
            return error;
        if (request.GenerationId != group.GenerationId)
            return KafkaError.IllegalGeneration;
        // A member may heartbeat as soon as it has joined, before it has its assignment; that a rebalance goes on it learns from the error.
        rebalance.RestartSession(group, group.Find(request.MemberId)!);
        return group.State == ClassicGroupState.PreparingRebalance ? KafkaError.RebalanceInProgress : KafkaError.None;
    }

    public LeftMember Leave(ClassicGroup group, LeavingMember leaving)
        => new(leaving.MemberId, leaving.GroupInstanceId, Remove(group, leaving));

    private KafkaError Remove(ClassicGroup group, LeavingMember leaving)
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
