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
        Assert.Equal("1 listeners, 1 connections, /data/file, lock /data/.lock", process.Held());
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
}
