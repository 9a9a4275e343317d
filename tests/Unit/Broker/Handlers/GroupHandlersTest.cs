using System.Net;
using KafkaCompatBroker.Broker.Handlers;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers;

public sealed class GroupHandlersTest
{
    [Fact]
    public void A_join_ends_with_its_connection_and_keeps_no_shutdown_waiting()
    {
        var bench = new GroupBench(new GroupOptions { InitialRebalanceDelayMs = 60_000 });
        using var closed = new CancellationTokenSource();
        var joining = new JoinGroupHandler(bench.Coordinator).Handle(
            new JoinGroupRequest
            {
                GroupId = GroupBench.Group,
                SessionTimeoutMs = 10_000,
                RebalanceTimeoutMs = 120_000,
                ProtocolType = "consumer",
                Protocols = [new() { Name = "range", Metadata = [] }],
            },
            new RequestContext { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1), Closed = closed.Token }).AsTask();
        Assert.True(bench.Waits(joining));
        closed.Cancel();
        Assert.False(bench.Waits(joining));
        Assert.True(joining.IsCanceled);
    }
}
