using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>Members leave their group: one, or in newer versions several, each with an answer of its own. KIP-345.</summary>
public sealed class LeaveGroupHandler(GroupCoordinator groups) : IHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    public async ValueTask<LeaveGroupResponse?> Handle(LeaveGroupRequest request, RequestContext context)
    {
        if (!request.Batched)
        {
            var leaving = new LeavingMember { MemberId = request.MemberId, GroupInstanceId = null };
            var single = await groups.Leave(new LeaveRequest(request.GroupId, [leaving]));
            return new LeaveGroupResponse { ErrorCode = single.Error != KafkaError.None ? single.Error : single.Members[0].Error };
        }
        var members = request.Members.ConvertAll(
            member => new LeavingMember { MemberId = member.MemberId, GroupInstanceId = member.GroupInstanceId });
        var reply = await groups.Leave(new LeaveRequest(request.GroupId, members));
        return new LeaveGroupResponse
        {
            ErrorCode = reply.Error,
            Members = [.. reply.Members.Select(member => new LeaveGroupResponse.MemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ErrorCode = member.Error,
            })],
        };
    }
}
