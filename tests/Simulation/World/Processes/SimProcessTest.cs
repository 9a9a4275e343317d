using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Simulation.World.Processes;

public sealed class SimProcessTest
{
    [Fact]
    public void A_killed_process_does_nothing_more_and_holds_nothing()
    {
        var world = new SimWorld(1);
        world.Disk.Mount("/data");
        var process = world.CreateProcess();
        var (network, steps) = (process.Network, 0);
        network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        var file = process.Disk.Open("/data/file", DiskOpenMode.CreateNew);
        Assert.NotNull(process.Disk.TryLock("/data/.lock"));
        var client = world.Network.Connect(9092);
        process.Create("loop").Schedule(TimeSpan.FromSeconds(1), () => steps++);
        process.Create("loop").Post(() => steps++);
        process.Start(async () =>
        {
            await world.Pass(TimeSpan.FromSeconds(1));
            steps++;
        });
        Assert.Equal("1 listeners, 1 connections, /data/file, lock /data/.lock, 127.0.0.1:40000 to 127.0.0.1:9092", process.Held());
        process.Kill();
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((0, "nothing"), (steps, process.Held()));
        Assert.Null(world.Await(client.ReceiveFrame()));
        Assert.Throws<SimCrash>(() => file.Write(0, "x"u8));
        Assert.Throws<NetworkError>(() => world.Network.Connect(9092));
        var next = world.CreateProcess();
        Assert.NotNull(next.Disk.TryLock("/data/.lock"));
        next.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void A_paused_process_does_what_it_had_to_do_when_it_goes_on()
    {
        var world = new SimWorld(1);
        var process = world.CreateProcess();
        process.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        var (loop, done) = (process.Create("loop"), new List<string>());
        loop.Post(() => done.Add("posted before"));
        loop.Schedule(TimeSpan.FromSeconds(1), () => done.Add("due meanwhile"));
        process.Start(async () =>
        {
            await world.Pass(TimeSpan.FromSeconds(2));
            done.Add("awaited");
        });
        process.Pause();
        world.Network.Connect(9092);
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(done);
        process.Resume();
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["posted before", "due meanwhile", "awaited"], done);
        process.Pause();
        loop.Post(() => done.Add("never"));
        process.Kill();
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((3, "nothing"), (done.Count, process.Held()));
    }

    [Fact]
    public void Processes_connect_to_each_other_and_one_hears_that_the_other_has_been_killed()
    {
        var world = new SimWorld(1);
        var (one, other) = (world.CreateProcess(), world.CreateProcess());
        var listener = one.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        INetworkConnection? made = null, accepted = null;
        world.Await(other.Start(async () => made = await other.Network.Connect(listener.LocalEndPoint, TimeSpan.FromSeconds(1), default)));
        world.Await(one.Start(async () => accepted = await listener.Accept(default)));
        world.Await(other.Start(() => made!.Send([new OutgoingPart("question"u8.ToArray())], default).AsTask()));
        var buffer = new byte[8];
        var received = 0;
        world.Await(one.Start(async () => received = await accepted!.Receive(buffer, default)));
        Assert.Equal((8, "question"), (received, System.Text.Encoding.ASCII.GetString(buffer)));
        Assert.Equal("0 listeners, 1 connections, 127.0.0.1:40000 to 127.0.0.1:9092", other.Held());
        other.Kill();
        Assert.Equal("nothing", other.Held());
        var ends = one.Start(async () => received = await accepted!.Receive(buffer, default));
        world.RunUntil(() => ends.IsCompleted);
        Assert.True(ends.IsFaulted || received == 0);
    }

    [Fact]
    public void A_port_that_does_not_answer_and_one_where_nobody_listens_are_told_apart()
    {
        var world = new SimWorld(1);
        var process = world.CreateProcess();
        process.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        world.Network.SetSilent(9092, true);
        Assert.Equal(
            (NetworkErrorKind.TimedOut, NetworkErrorKind.ConnectionRefused), (KindOfConnecting(9092), KindOfConnecting(9093)));

        NetworkErrorKind? KindOfConnecting(int port)
        {
            var connecting = process.Start(
                async () => await process.Network.Connect(new IPEndPoint(IPAddress.Loopback, port), TimeSpan.FromSeconds(1), default));
            return (Record.Exception(() => world.Await(connecting)) as NetworkError)?.Kind;
        }
    }
}
