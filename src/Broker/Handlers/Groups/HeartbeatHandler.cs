using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>A member shows that it lives, and learns whether its group rebalances.</summary>
public sealed class HeartbeatHandler(GroupCoordinator groups) : IHandler<HeartbeatRequest, HeartbeatResponse>
{
    public async ValueTask<HeartbeatResponse?> Handle(HeartbeatRequest request, RequestContext context) => new()
    {
        ErrorCode = await groups.Heartbeat(new MemberHeartbeat
        {
            GroupId = request.GroupId,
            GenerationId = request.GenerationId,
            MemberId = request.MemberId,
            GroupInstanceId = request.GroupInstanceId,
        }),
    };
}
