using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Simulation;

public sealed class WorldTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_gives_the_same_trace(int seed) => Assert.Equal(TraceOf(seed), TraceOf(seed));

    [Fact]
    public void Another_seed_gives_another_trace() => Assert.NotEqual(TraceOf(1), TraceOf(2));

    [Fact]
    public void Flushed_bytes_survive_a_power_loss_and_unflushed_ones_may_go()
    {
        var (kept, lost) = (0, 0);
        for (var seed = 0; seed < 50; seed++)
        {
            var world = new SimWorld(seed);
            world.Disk.CreateDirectory("/data");
            var file = world.Disk.Open("/data/file", DiskOpenMode.CreateNew);
            file.Write(0, "durable"u8);
            file.Flush();
            world.Disk.FlushDirectory("/data");
            file.Write(7, "gone"u8);
            world.Disk.LosePower();
            var bytes = world.Disk.ReadAllBytes("/data/file");
            Assert.StartsWith("durable", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
            if (bytes.Length == 11)
                kept++;
            else
                lost++;
        }
        Assert.True(kept > 0 && lost > 0);
    }

    [Fact]
    public void A_killed_process_loses_nothing_it_wrote()
    {
        var world = new SimWorld(1);
        world.Disk.CreateDirectory("/data");
        world.Disk.Open("/data/file", DiskOpenMode.CreateNew).Write(0, "bytes"u8);
        Assert.NotNull(world.Disk.TryLock("/data/.lock"));
        Assert.Null(world.Disk.TryLock("/data/.lock"));
        world.Disk.KillProcesses();
        Assert.Equal("bytes"u8.ToArray(), world.Disk.ReadAllBytes("/data/file"));
        Assert.NotNull(world.Disk.TryLock("/data/.lock"));
    }

    [Fact]
    public void A_scheduled_piece_of_work_runs_when_its_time_has_come()
    {
        var world = new SimWorld(1);
        var loop = world.Loops.Create("loop");
        var runs = 0;
        loop.Schedule(TimeSpan.FromSeconds(1), () => runs++);
        loop.Schedule(TimeSpan.FromSeconds(1), () => runs++).Dispose();
        world.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, runs);
        world.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void Work_from_another_thread_fails_the_run()
    {
        foreach (var work in (Action<SimWorld>[])[
            world => world.Loops.Create("loop").Post(() => { }), world => world.Start(() => Task.CompletedTask)])
        {
            var world = new SimWorld(1);
            OnAnotherThread(() => work(world));
            Assert.Contains(
                "another thread", Assert.Throws<InvalidOperationException>(world.RunUntilIdle).Message, StringComparison.Ordinal);
        }
    }

    private static void OnAnotherThread(Action work)
    {
        var thread = new Thread(() => work());
        thread.Start();
        thread.Join();
    }

    private static string TraceOf(int seed)
    {
        var world = new SimWorld(seed);
        var loops = Enumerable.Range(0, 3).Select(index => world.Loops.Create($"loop {index}")).ToList();
        for (var i = 0; i < 100; i++)
        {
            var loop = loops[world.Random.Next(3)];
            loop.Post(() => loop.Schedule(TimeSpan.FromMilliseconds(world.Random.Next(5)), () => { }));
        }
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(world.Errors);
        return world.Trace.ToString();
    }
}
