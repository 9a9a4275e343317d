using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>
/// The groups that this broker coordinates, of the states and types asked for, if any; case does not matter. KIP-518, KIP-848.
/// </summary>
public sealed class ListGroupsHandler(GroupCoordinator groups) : IHandler<ListGroupsRequest, ListGroupsResponse>
{
    public async ValueTask<ListGroupsResponse?> Handle(ListGroupsRequest request, RequestContext context)
    {
        var reply = await groups.List();
        return new ListGroupsResponse
        {
            ErrorCode = reply.Error,
            Groups = [.. reply.Groups
                .Where(group => Matches(request.StatesFilter, group.State) && Matches(request.TypesFilter, group.Type))
                .Select(group => new ListGroupsResponse.ListedGroup
                {
                    GroupId = group.GroupId,
                    ProtocolType = group.ProtocolType,
                    GroupState = group.State,
                    GroupType = group.Type,
                })],
        };
    }

    private static bool Matches(List<string> filter, string value)
        => filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
