using System.Net;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

public sealed class SimNetworkTest
{
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
