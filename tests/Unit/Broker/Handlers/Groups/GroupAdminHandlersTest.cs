using System.Net;
using KafkaCompatBroker.Broker.Handlers.Groups;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Groups;

public sealed class GroupAdminHandlersTest
{
    private readonly GroupBench bench = new();
    private readonly RequestContext context = new() { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };

    [Theory]
    [InlineData("", "", "group simple")]
    [InlineData("stable", "", "group")]
    [InlineData("EMPTY", "Classic", "simple")]
    [InlineData("Empty,Stable", "classic,consumer", "group simple")]
    [InlineData("", "consumer", "")]
    [InlineData("Dead", "", "")]
    public void Groups_are_listed_by_state_and_type_in_any_case(string states, string types, string groups)
    {
        bench.StableGroup(1);
        bench.CommitNow(1, group: "simple");
        var request = new ListGroupsRequest { StatesFilter = Split(states), TypesFilter = Split(types) };
        var listed = Ask(new ListGroupsHandler(bench.Coordinator), request).Groups;
        Assert.Equal(groups, string.Join(' ', listed.Select(group => group.GroupId).Order()));
        Assert.All(listed, group => Assert.Equal("classic", group.GroupType));
    }

    [Fact]
    public void Unknown_group_is_Dead_and_an_error_only_to_clients_that_know_of_it()
    {
        var handler = new DescribeGroupsHandler(bench.Coordinator);
        var old = Assert.Single(Ask(handler, new DescribeGroupsRequest { Groups = ["unknown"] }).Groups);
        Assert.Equal((KafkaError.None, "Dead"), (old.ErrorCode, old.GroupState));
        var request = new DescribeGroupsRequest { Groups = ["unknown"], TellsUnknownGroups = true };
        var told = Assert.Single(Ask(handler, request).Groups);
        Assert.Equal(
            (KafkaError.GroupIdNotFound, "Dead", "Group unknown not found."), (told.ErrorCode, told.GroupState, told.ErrorMessage));
    }

    [Fact]
    public void Described_members_come_with_their_names_and_bytes()
    {
        var member = bench.StableGroup(1, "instance")[0];
        var request = new DescribeGroupsRequest { Groups = [GroupBench.Group] };
        var described = Assert.Single(Ask(new DescribeGroupsHandler(bench.Coordinator), request).Groups);
        Assert.Equal(("Stable", "consumer", "range"), (described.GroupState, described.ProtocolType, described.ProtocolData));
        var only = Assert.Single(described.Members);
        Assert.Equal(
            (member.MemberId, "instance", "client", "/127.0.0.1"),
            (only.MemberId, only.GroupInstanceId, only.ClientId, only.ClientHost));
        Assert.Equal(("subscription", "a0"), (GroupBench.Text(only.MemberMetadata), GroupBench.Text(only.MemberAssignment)));
    }

    [Fact]
    public void A_group_that_is_named_again_is_described_once()
    {
        var request = new DescribeGroupsRequest { Groups = ["one", "two", "one", "one"] };
        Assert.Equal(
            ["one", "two"], Ask(new DescribeGroupsHandler(bench.Coordinator), request).Groups.Select(group => group.GroupId));
    }

    [Fact]
    public void Each_group_to_delete_is_answered_once()
    {
        bench.CommitNow(1, group: "simple");
        bench.StableGroup(1);
        var request = new DeleteGroupsRequest { GroupsNames = ["simple", GroupBench.Group, "simple", "unknown"] };
        Assert.Equal(
            [("simple", KafkaError.None), (GroupBench.Group, KafkaError.NonEmptyGroup), ("unknown", KafkaError.GroupIdNotFound)],
            Ask(new DeleteGroupsHandler(bench.Coordinator), request).Results.Select(result => (result.GroupId, result.ErrorCode)));
    }

    [Fact]
    public void Member_that_leaves_alone_is_answered_at_the_top_and_several_each_for_itself()
    {
        var member = bench.StableGroup(1)[0];
        var handler = new LeaveGroupHandler(bench.Coordinator);
        var single = new LeaveGroupRequest { GroupId = GroupBench.Group, MemberId = "unknown" };
        Assert.Equal(KafkaError.UnknownMemberId, Ask(handler, single).ErrorCode);
        var batch = new LeaveGroupRequest
        {
            GroupId = GroupBench.Group,
            Batched = true,
            Members = [new() { MemberId = member.MemberId }, new() { MemberId = "", GroupInstanceId = "nobody" }],
        };
        var left = Ask(handler, batch);
        Assert.Equal(KafkaError.None, left.ErrorCode);
        Assert.Equal(
            [(member.MemberId, null, KafkaError.None), ("", "nobody", KafkaError.UnknownMemberId)],
            left.Members.Select(answer => (answer.MemberId, answer.GroupInstanceId, answer.ErrorCode)));
    }

    [Fact]
    public void Heartbeat_names_member_generation_and_instance()
    {
        var member = bench.StableGroup(1, "instance")[0];
        Assert.Equal(KafkaError.None, Heartbeat(member.MemberId, member.GenerationId, "instance"));
        Assert.Equal(KafkaError.IllegalGeneration, Heartbeat(member.MemberId, member.GenerationId + 1, "instance"));
        Assert.Equal(KafkaError.FencedInstanceId, Heartbeat("other", member.GenerationId, "instance"));
        Assert.Equal(KafkaError.UnknownMemberId, Heartbeat("other", member.GenerationId, null));
    }

    private KafkaError Heartbeat(string memberId, int generationId, string? instanceId)
        => Ask(new HeartbeatHandler(bench.Coordinator), new HeartbeatRequest
        {
            GroupId = GroupBench.Group,
            GenerationId = generationId,
            MemberId = memberId,
            GroupInstanceId = instanceId,
        }).ErrorCode;

    private static List<string> Split(string filter) => [.. filter.Split(',', StringSplitOptions.RemoveEmptyEntries)];

    private TResponse Ask<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
    {
        TResponse? response = null;
        bench.World.Await(bench.World.Start(async () => response = await handler.Handle(request, context)));
        return response!;
    }
}
