using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>
/// A member joins a classic group. Answered when the next generation is formed, which takes as long as the slowest member; a connection
/// that closes waits no more.
/// </summary>
public sealed class JoinGroupHandler(GroupCoordinator groups) : IHandler<JoinGroupRequest, JoinGroupResponse>
{
    public async ValueTask<JoinGroupResponse?> Handle(JoinGroupRequest request, RequestContext context)
    {
        var join = new JoinRequest
        {
            GroupId = request.GroupId,
            MemberId = request.MemberId,
            GroupInstanceId = request.GroupInstanceId,
            RequiresKnownMemberId = request.MustKnowMemberId,
            SkipsAssignment = request.KnowsSkipAssignment,
            ClientId = context.ClientId ?? "",
            ClientHost = JavaAddress.Text(context.RemoteEndPoint.Address),
            RebalanceTimeoutMs = request.GivesRebalanceTimeout ? request.RebalanceTimeoutMs : request.SessionTimeoutMs,
            SessionTimeoutMs = request.SessionTimeoutMs,
            ProtocolType = request.ProtocolType,
            Protocols = request.Protocols.ConvertAll(protocol => new MemberProtocol(protocol.Name, protocol.Metadata)),
        };
        var reply = await groups.Join(join, context.Closed);
        return new JoinGroupResponse
        {
            ErrorCode = reply.Error,
            GenerationId = reply.GenerationId,
            ProtocolType = reply.ProtocolType,
            ProtocolName = reply.ProtocolName ?? (request.TakesNullProtocolName ? null : ""),
            Leader = reply.LeaderId,
            SkipAssignment = reply.SkipAssignment,
            MemberId = reply.MemberId,
            Members = [.. reply.Members.Select(member => new JoinGroupResponse.JoinGroupResponseMember
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                Metadata = member.Metadata,
            })],
        };
    }
}
