using System.Net;
using KafkaCompatBroker.Broker.Handlers.Groups;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Groups;

public class JoinGroupTest
{
    private readonly GroupBench bench = new();

    [Theory]
    [InlineData("10.0.0.1", "/10.0.0.1")]
    [InlineData("::1", "/0:0:0:0:0:0:0:1")]
    [InlineData("2001:db8::ff00:42:8329", "/2001:db8:0:0:0:ff00:42:8329")]
    [InlineData("::ffff:192.168.0.7", "/192.168.0.7")]
    public void Host_of_a_member_is_its_address_as_Java_writes_it(string address, string clientHost)
    {
        Join(new JoinGroupRequest(), address);
        var member = Assert.Single(bench.Now(bench.Coordinator.Describe(GroupBench.Group)).Members);
        Assert.Equal((clientHost, "consumer-1"), (member.ClientHost, member.ClientId));
    }

    [Fact]
    public void Member_that_must_know_its_id_is_given_one_to_come_back_with()
    {
        var refused = Join(new JoinGroupRequest { MustKnowMemberId = true });
        Assert.Equal((KafkaError.MemberIdRequired, -1), (refused.ErrorCode, refused.GenerationId));
        Assert.StartsWith("consumer-1-", refused.MemberId, StringComparison.Ordinal);
        var joined = Join(new JoinGroupRequest { MustKnowMemberId = true, MemberId = refused.MemberId });
        Assert.Equal((KafkaError.None, 1, refused.MemberId), (joined.ErrorCode, joined.GenerationId, joined.Leader));
        Assert.Equal(refused.MemberId, Assert.Single(joined.Members).MemberId);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "")]
    public void Protocol_name_beside_an_error_is_null_only_for_clients_that_take_it(bool takesNull, string? protocolName)
        => Assert.Equal(
            protocolName, Join(new JoinGroupRequest { MemberId = "unknown", TakesNullProtocolName = takesNull }).ProtocolName);

    private JoinGroupResponse Join(JoinGroupRequest request, string address = "10.0.0.1")
    {
        request.GroupId = GroupBench.Group;
        request.SessionTimeoutMs = 10_000;
        request.ProtocolType = "consumer";
        request.Protocols = [new() { Name = "range", Metadata = [] }];
        var context = new RequestContext
        {
            Listener = "PLAINTEXT",
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1),
            ClientId = "consumer-1",
        };
        JoinGroupResponse? response = null;
        var joining = bench.World.Start(async () => response = await new JoinGroupHandler(bench.Coordinator).Handle(request, context));
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        bench.World.Await(joining);
        return response!;
    }
}
