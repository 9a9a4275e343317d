using System.Net;
using System.Runtime.CompilerServices;
using KafkaCompatBroker.Broker.Handlers.Groups;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Groups;

public sealed class GroupHandlersTest
{
    private readonly GroupBench bench = new(GroupBench.DefaultOptions with { InitialRebalanceDelayMs = 60_000 });
    private readonly CancellationTokenSource closed = new();

    [Fact]
    public void A_join_ends_with_its_connection_and_keeps_no_shutdown_waiting()
    {
        var joining = bench.World.Start(() => Join());
        bench.World.RunUntilIdle();
        Assert.False(joining.IsCompleted);
        closed.Cancel();
        bench.World.RunUntilIdle();
        Assert.IsAssignableFrom<OperationCanceledException>(joining.Exception?.InnerException);
    }

    [Fact]
    public void A_sync_ends_with_its_connection()
    {
        var joins = new[] { bench.Join(), bench.Join() };
        bench.World.Advance(TimeSpan.FromSeconds(61));
        // One of the two does not lead, so it waits for the one that does.
        var follower = joins.Select(bench.Now).First(joined => joined.MemberId != joined.LeaderId);
        var request = new SyncGroupRequest
        {
            GroupId = GroupBench.Group,
            GenerationId = follower.GenerationId,
            MemberId = follower.MemberId,
        };
        var syncing = bench.World.Start(() => new SyncGroupHandler(bench.Coordinator).Handle(request, Context()).AsTask());
        bench.World.RunUntilIdle();
        Assert.False(syncing.IsCompleted);
        closed.Cancel();
        bench.World.RunUntilIdle();
        Assert.IsAssignableFrom<OperationCanceledException>(syncing.Exception?.InnerException);
    }

    [Fact]
    public void An_answered_join_leaves_nothing_behind_on_its_open_connection()
    {
        var reply = AnsweredReply(closed.Token);
        GC.Collect();
        Assert.False(reply.IsAlive);
    }

    // Apart from the test, whose frame would keep what it names alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AnsweredReply(CancellationToken closed)
    {
        var joining = bench.Coordinator.Join(
            GroupBench.JoinOf("", new MemberProtocol("range", [])) with { RebalanceTimeoutMs = 120_000 }, closed);
        bench.World.Advance(TimeSpan.FromSeconds(61));
        Assert.True(joining.IsCompletedSuccessfully);
        return new WeakReference(joining);
    }

    private Task<JoinGroupResponse?> Join() => new JoinGroupHandler(bench.Coordinator).Handle(
        new JoinGroupRequest
        {
            GroupId = GroupBench.Group,
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 120_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = [] }],
        },
        Context()).AsTask();

    private RequestContext Context()
        => new() { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1), Closed = closed.Token };
}
