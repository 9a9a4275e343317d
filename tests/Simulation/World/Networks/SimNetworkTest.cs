using System.Net;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

public sealed class SimNetworkTest
{
    private static readonly IPAddress One = new([10, 0, 0, 1]), Other = new([10, 0, 0, 2]);

    [Fact]
    public void What_a_cut_route_holds_up_arrives_when_it_heals_and_the_way_back_is_open()
    {
        var world = new SimWorld(1);
        var listener = world.CreateMachine(One).CreateProcess().Network.Listen(new IPEndPoint(One, 9092), 1);
        var client = world.Network.Connect(new IPEndPoint(One, 9092), Other);
        var server = world.Await(listener.Accept(default).AsTask())!;
        Assert.Equal(Other, server.RemoteEndPoint.Address);
        world.Network.CutRoute(Other, One);

        var received = server.Input.ReadAsync().AsTask();
        world.Start(() => client.Send(new byte[] { 1 }));
        world.Start(() => server.Send([new OutgoingPart(new byte[] { 0, 0, 0, 1, 5 })], default).AsTask());
        Assert.Equal([5], world.Await(client.ReceiveFrame()));
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.False(received.IsCompleted);
        world.Network.HealRoute(Other, One);
        Assert.Equal(1, world.Await(received).Buffer.Length);
    }

    [Fact]
    public void Who_gives_up_behind_a_cut_route_is_gone_for_his_peer_when_it_heals()
    {
        var world = new SimWorld(1);
        var process = world.CreateMachine(One).CreateProcess();
        var listener = process.Network.Listen(new IPEndPoint(One, 9092), 1);
        var client = world.Network.Connect(new IPEndPoint(One, 9092), Other);
        var server = world.Await(listener.Accept(default).AsTask())!;
        world.Network.CutRoute(One, Other);
        var received = client.ReceiveFrame();
        server.Dispose();
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.False(received.IsCompleted);
        Assert.Equal("1 listeners, 0 connections, ", process.Held());
        world.Network.HealRoutes();
        Assert.Null(world.Await(received));
    }

    [Fact]
    public void Nobody_connects_over_a_cut_route_until_it_heals()
    {
        var world = new SimWorld(1);
        var (process, peer) = (world.CreateMachine(One).CreateProcess(), world.CreateMachine(Other).CreateProcess());
        process.Network.Listen(new IPEndPoint(One, 9092), 1);
        world.Network.CutRoute(One, Other);
        INetworkConnection? made = null;
        async Task Connect(TimeSpan timeout) => made = await peer.Network.Connect(new IPEndPoint(One, 9092), timeout, default);
        var (connecting, timesOut) = (
            peer.Start(() => Connect(TimeSpan.FromSeconds(10))), peer.Start(() => Connect(TimeSpan.FromSeconds(2))));
        Assert.Equal(NetworkErrorKind.TimedOut, Assert.IsType<NetworkError>(Record.Exception(() => world.Await(timesOut))).Kind);
        Assert.IsType<NetworkError>(Record.Exception(() => world.Network.Connect(new IPEndPoint(One, 9092), Other)));
        world.Network.HealRoutes();
        world.Await(connecting);
        Assert.Equal(Other, made!.LocalEndPoint.Address);
    }

    [Fact]
    public void A_connection_may_be_cut_in_a_frame_be_held_up_or_vanish()
    {
        var world = new SimWorld(1);
        using var listener = world.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        SimClient Connect() => world.Network.Connect(9092);
        INetworkConnection Accept() => world.Await(listener.Accept(default).AsTask())!;
        var frame = new OutgoingPart(new byte[] { 0, 0, 0, 2, 7, 8 });

        var (client, server) = (Connect(), Accept());
        world.Network.Links[0].HoldUntil(world.Time.GetUtcNow() + TimeSpan.FromSeconds(5));
        world.Start(() => server.Send([frame], default).AsTask());
        var received = client.ReceiveFrame();
        world.Advance(TimeSpan.FromSeconds(4));
        Assert.False(received.IsCompleted);
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([7, 8], world.Await(received));

        world.Network.Links[0].HoldUntil(world.Time.GetUtcNow() + TimeSpan.FromSeconds(5));
        world.Start(() => server.Send([frame], default).AsTask());
        received = client.ReceiveFrame();
        world.RunUntilIdle();
        world.Network.Links[0].Cut(savedBytesToProcess: 0, savedBytesToClient: 5);
        Assert.Null(world.Await(received));
        Assert.IsType<NetworkError>(Record.Exception(() => world.Await(server.Send([frame], default).AsTask())));

        (client, server) = (Connect(), Accept());
        world.Network.Links[0].Vanish(toProcess: false, toClient: true);
        world.Start(() => server.Send([frame], default).AsTask());
        received = client.ReceiveFrame();
        server.Dispose();
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.False(received.IsCompleted);
        client.Abort();
        Assert.Null(world.Await(received));
    }

    [Fact]
    public void A_process_does_not_learn_that_the_client_of_a_half_open_connection_has_gone()
    {
        var world = new SimWorld(1);
        using var listener = world.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        var client = world.Network.Connect(9092);
        var server = world.Await(listener.Accept(default).AsTask())!;
        var link = world.Network.Links[0];
        link.SetWeather(new LinkWeather { WindowBytes = 0 });
        link.Vanish(toProcess: true, toClient: true);

        var read = client.ReceiveFrame();
        var received = world.Start(() => server.Receive(new byte[10], default).AsTask());
        var sent = world.Start(() => server.Send([new OutgoingPart(new byte[] { 0, 0, 0, 1, 7 })], default).AsTask());
        client.Abort();
        Assert.Null(world.Await(read));
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.False(received.IsCompleted || sent.IsCompleted);
        server.Abort();
        Assert.IsType<NetworkError>(Record.Exception(() => world.Await(received)));
        world.Await(sent);
        Assert.True(link.IsOver);
    }
}
