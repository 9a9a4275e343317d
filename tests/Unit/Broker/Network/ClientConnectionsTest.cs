using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ClientConnectionsTest
{
    private static readonly ListenerConfig Listeners
        = ListenerConfig.Parse("PLAINTEXT://:9092", null, BrokerDefaults.ProtocolMap, null, null);
    private static readonly Listener Listener = Listeners.Listeners[0];

    private static readonly ConnectionLimits Limits = new(int.MaxValue, int.MaxValue, new Dictionary<IPAddress, int>(), int.MaxValue);

    private readonly SimWorld world = new(1);
    private readonly UnreadConnection accepted = new();
    private readonly ConnectionServices services;
    private readonly ILoop loop;
    private readonly ClientConnections connections;

    public ClientConnectionsTest()
    {
        services = new ConnectionServices(
            new RequestPipeline(new FakeDispatcher(), NoLog.Instance), new RequestMemory(1 << 20, _ => { }), new LargeRequestTurns(1),
            ServedConnections.Files, BrokerDefaults.Network, world.Loops, NoLog.Instance);
        loop = world.Loops.Create("socket-server");
        connections = new ClientConnections(loop, Listeners, Limits, services);
    }

    [Fact]
    public async Task Touched_outside_the_servers_loop_they_break_an_invariant()
    {
        await Assert.ThrowsAsync<InvariantViolation>(() => connections.WhenRoom(Listener));
        await Assert.ThrowsAsync<InvariantViolation>(() => connections.WhenDue(Listener));
        Assert.Throws<InvariantViolation>(() => connections.Add(accepted, Listener));
        Assert.Throws<InvariantViolation>(() => connections.CloseIdle());
        Assert.Throws<InvariantViolation>(() => connections.Drain(new TaskCompletionSource()));
        Assert.Throws<InvariantViolation>(() => connections.Cut());
    }

    [Fact]
    public void A_connection_touched_outside_its_own_loop_breaks_an_invariant_and_goes_on()
    {
        var connection = new ClientConnection(accepted, Listener, ListenerUse.Clients, services, _ => { });
        Assert.Throws<InvariantViolation>(() => ((ILoopWork)connection).Run());
        Assert.Throws<InvariantViolation>(() => ((ILoopWork)connection.Cut).Run());
        Assert.Throws<InvariantViolation>(() => ((ILoopWork)connection.Drain).Run());
        Assert.Throws<InvariantViolation>(() => ((ILoopWork)connection.IdleCheck).Run());
        Assert.False(accepted.IsAborted);
        connection.Cut.Invoke();
        Assert.True(accepted.IsAborted);
    }

    [Fact]
    public void A_drain_ends_when_the_last_connection_is_gone()
    {
        var gone = new TaskCompletionSource();
        loop.Post(() => connections.Add(accepted, Listener));
        world.RunUntilIdle();
        loop.Post(() => connections.Drain(gone));
        Assert.False(gone.Task.IsCompleted);
        world.RunUntilIdle();
        Assert.True(gone.Task.IsCompleted && accepted.IsDisposed);
    }

    [Fact]
    public void What_is_accepted_behind_a_drain_is_closed()
    {
        loop.Post(() => connections.Drain(new TaskCompletionSource()));
        loop.Post(() => connections.Add(accepted, Listener));
        world.RunUntilIdle();
        Assert.True(accepted.IsDisposed);
    }
}
