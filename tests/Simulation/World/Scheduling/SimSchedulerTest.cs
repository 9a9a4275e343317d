namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

public sealed class SimSchedulerTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_gives_the_same_trace(int seed) => Assert.Equal(TraceOf(seed), TraceOf(seed));

    [Fact]
    public void Another_seed_gives_another_trace() => Assert.NotEqual(TraceOf(1), TraceOf(2));

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
