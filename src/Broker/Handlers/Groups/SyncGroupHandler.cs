using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>A member asks for its assignment; the leader brings everyone's. Answered when the leader has, and it is committed.</summary>
public sealed class SyncGroupHandler(GroupCoordinator groups) : IHandler<SyncGroupRequest, SyncGroupResponse>
{
    public async ValueTask<SyncGroupResponse?> Handle(SyncGroupRequest request, RequestContext context)
    {
        if (request.MustNameProtocol && (request.ProtocolType is null || request.ProtocolName is null))
            return new SyncGroupResponse { ErrorCode = KafkaError.InconsistentGroupProtocol };
        var assignments = new Dictionary<string, byte[]>(request.Assignments.Count);
        foreach (var assignment in request.Assignments)
            assignments[assignment.MemberId] = assignment.Assignment;
        var sync = new SyncRequest
        {
            GroupId = request.GroupId,
            GenerationId = request.GenerationId,
            MemberId = request.MemberId,
            GroupInstanceId = request.GroupInstanceId,
            ProtocolType = request.ProtocolType,
            ProtocolName = request.ProtocolName,
            Assignments = assignments,
        };
        var reply = await groups.Sync(sync, context.Closed);
        return new SyncGroupResponse
        {
            ErrorCode = reply.Error,
            ProtocolType = reply.ProtocolType,
            ProtocolName = reply.ProtocolName,
            Assignment = reply.Assignment,
        };
    }
}
