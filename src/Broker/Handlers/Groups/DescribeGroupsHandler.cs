using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>
/// Groups with their members, each once however often it is named. One that is not there is Dead, which is an error only to clients that
/// know of it. KIP-430, KIP-1043.
/// </summary>
public sealed class DescribeGroupsHandler(GroupCoordinator groups) : IHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    public async ValueTask<DescribeGroupsResponse?> Handle(DescribeGroupsRequest request, RequestContext context)
    {
        var response = new DescribeGroupsResponse();
        foreach (var groupId in request.Groups.Distinct(StringComparer.Ordinal))
            response.Groups.Add(Answer(groupId, await groups.Describe(groupId), request));
        return response;
    }

    private static DescribeGroupsResponse.DescribedGroup Answer(string groupId, GroupDescription group, DescribeGroupsRequest request)
    {
        var answer = new DescribeGroupsResponse.DescribedGroup
        {
            GroupId = groupId,
            ErrorCode = group.Error,
            GroupState = group.State,
            ProtocolType = group.ProtocolType,
            ProtocolData = group.ProtocolName,
            Members = [.. group.Members.Select(member => new DescribeGroupsResponse.DescribedGroupMember
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                MemberMetadata = member.Metadata,
                MemberAssignment = member.Assignment,
            })],
        };
        if (group.IsDead && request.TellsUnknownGroups)
            (answer.ErrorCode, answer.ErrorMessage) = (KafkaError.GroupIdNotFound, $"Group {groupId} not found.");
        if (answer.ErrorCode == KafkaError.None && request.IncludeAuthorizedOperations)
            answer.AuthorizedOperations = AuthorizedOperations.OfGroup;
        return answer;
    }
}
