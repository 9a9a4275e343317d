using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>Deletes groups without members, their offsets with them; each has an answer of its own. KIP-229.</summary>
public sealed class DeleteGroupsHandler(GroupCoordinator groups) : IHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    public async ValueTask<DeleteGroupsResponse?> Handle(DeleteGroupsRequest request, RequestContext context)
    {
        var response = new DeleteGroupsResponse();
        foreach (var groupId in request.GroupsNames.Distinct(StringComparer.Ordinal))
            response.Results.Add(new() { GroupId = groupId, ErrorCode = await groups.Delete(groupId) });
        return response;
    }
}
