using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// SyncGroup: hands out a generation's assignment. The leader sends everyone's, it is written, and members get theirs once that is
/// committed; so a partition never has two owners in one generation, whichever coordinator answers. On its shard's loop.
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
            member.RestartSession();
            reply.Send(group.AssignmentFor(member));
            return;
        }
        // A member that syncs twice has given up its first request, which still needs an answer to free its connection.
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
        // A leader that repeats its request waits for the write that is under way: a second record could hold another assignment than the
        // one that members get.
        var generationId = group.GenerationId;
        if (group.AssignmentWrittenForGeneration == generationId)
            return;
        group.AssignmentWrittenForGeneration = generationId;
        context.Write([new GroupMetadataRecord(group.GroupId, group.Snapshot(assignments))], error =>
        {
            // A later generation's assignment may be under way by now, and that one is not to be written twice either.
            if (group.AssignmentWrittenForGeneration == generationId)
                group.AssignmentWrittenForGeneration = -1;
            // A member may have joined or left meanwhile: then Prepare has answered those who waited, and a new generation is coming.
            if (group.State != ClassicGroupState.CompletingRebalance || group.GenerationId != generationId)
                return;
            if (error == KafkaError.None)
            {
                rebalance.DeliverAssignments(group, assignments);
                rebalance.Transition(group, ClassicGroupState.Stable, "assignment committed");
                return;
            }
            rebalance.FailAssignments(group, AppendErrors.OfGroupRecord(error));
            rebalance.Prepare(group, $"the assignment was not written: {error}");
        });
    }
}
