using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

public sealed class ScheduledWorkTest
{
    private readonly SimWorld world = new(1);

    [Fact]
    public void Work_whose_schedule_is_disposed_on_the_loop_does_not_begin_though_it_was_queued()
    {
        var loop = world.Loops.Create("loop");
        var ran = 0;
        var scheduled = new List<IDisposable>();
        // All are due at one instant, and with drawn schedules some are queued when the first runs.
        world.IsShuffling = true;
        for (var i = 0; i < 20; i++)
            scheduled.Add(loop.Schedule(TimeSpan.FromMicroseconds(100), () =>
            {
                ran++;
                scheduled.ForEach(other => other.Dispose());
            }));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, ran);
    }

    [Fact]
    public void A_pause_ends_when_its_time_is_over_or_it_is_cancelled()
    {
        var loop = world.Loops.Create("loop");
        using var end = new CancellationTokenSource();
        var whole = world.Start(() => loop.Pass(TimeSpan.FromSeconds(2)));
        var cut = world.Start(() => loop.Pass(TimeSpan.FromDays(1), end.Token));
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.False(whole.IsCompleted);
        end.Cancel();
        world.Advance(TimeSpan.FromSeconds(1.5));
        Assert.True(whole.IsCompleted);
        Assert.True(cut.IsCompleted);
    }
}
