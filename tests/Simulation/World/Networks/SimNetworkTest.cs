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
}
