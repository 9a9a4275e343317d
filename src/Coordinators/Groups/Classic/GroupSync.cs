using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Hands out a generation's assignment: the leader brings it, it is written, and only when it is committed do members get it; so a
/// partition never has two owners in one generation, whichever coordinator answers. On its shard's loop.
/// </summary>
internal sealed class GroupSync(IShardContext<GroupRecord> context, GroupRebalance rebalance)
{
    public void Sync(ClassicGroup group, SyncRequest request, Reply<SyncReply> reply)
    {
        var error = Check(group, request);
        if (error != KafkaError.None)
        {
            reply.Send(SyncReply.Failed(error));
            return;
        }
        var member = group.Find(request.MemberId)!;
        GroupRebalance.OnSyncReceived(group, member.MemberId);
        if (group.State == ClassicGroupState.Stable)
        {
            rebalance.RestartSession(group, member);
            reply.Send(new SyncReply(KafkaError.None, group.ProtocolType, group.ProtocolName, member.Assignment));
            return;
        }
        // A member that asks twice has given up the first request, which still needs an answer to free its connection.
        member.AnswerSync(SyncReply.Failed(KafkaError.RebalanceInProgress));
        member.AwaitedSync = reply;
        if (group.IsLeader(member.MemberId))
            WriteAssignment(group, request.Assignments);
    }

    private static KafkaError Check(ClassicGroup group, SyncRequest request)
    {
        var error = group.CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != KafkaError.None)
            return error;
        if (request.GenerationId != group.GenerationId)
            return KafkaError.IllegalGeneration;
        if (request.ProtocolType is not null && request.ProtocolType != group.ProtocolType)
            return KafkaError.InconsistentGroupProtocol;
        if (request.ProtocolName is not null && request.ProtocolName != group.ProtocolName)
            return KafkaError.InconsistentGroupProtocol;
        return group.State switch
        {
            ClassicGroupState.PreparingRebalance => KafkaError.RebalanceInProgress,
            ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable => KafkaError.None,
            _ => KafkaError.UnknownMemberId,
        };
    }

    private void WriteAssignment(ClassicGroup group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        // A leader that repeats itself waits for what is being written; a second record could hold another assignment than members get.
        var generationId = group.GenerationId;
        if (group.AssignmentWrittenForGeneration == generationId)
            return;
        group.AssignmentWrittenForGeneration = generationId;
        context.Write([new GroupMetadataRecord(group.GroupId, group.Snapshot(assignments))], error =>
        {
            // By now a later generation's may be on its way, and that one is not to be written twice either.
            if (group.AssignmentWrittenForGeneration == generationId)
                group.AssignmentWrittenForGeneration = -1;
            // Meanwhile a member may have joined, left or died: then a new generation is on its way, and all have been told.
            if (group.State != ClassicGroupState.CompletingRebalance || group.GenerationId != generationId)
                return;
            if (error == KafkaError.None)
            {
                rebalance.DeliverAssignments(group, assignments);
                rebalance.Transition(group, ClassicGroupState.Stable, "assignment committed");
                return;
            }
            rebalance.FailAssignments(group, GroupErrors.OfGroupRecord(error));
            rebalance.Prepare(group, $"the assignment was not written: {error}");
        });
    }
}
