using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Unit.Kernel.Seams;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public sealed class ShardTimersTest
{
    private readonly LateLoop loop = new();
    private readonly ShardTimers timers;
    private readonly List<string> fired = [];
    private long nowMs;

    public ShardTimersTest() => timers = new ShardTimers(loop, () => nowMs);

    private ShardTimer Armed(string name, long delayMs)
    {
        var timer = timers.Create(() => fired.Add(name));
        timer.Arm(delayMs);
        return timer;
    }

    [Fact]
    public void Timers_whose_time_has_passed_fire_before_the_clock_says_so_the_oldest_first()
    {
        Armed("second", 20);
        Armed("first", 10);
        Armed("third", 30);
        nowMs = 10;
        timers.FirePassed();
        Assert.Empty(fired);
        nowMs = 21;
        timers.FirePassed();
        Assert.Equal(["first", "second"], fired);
        // What the clock says later is no news.
        loop.Scheduled.ToList().ForEach(work => work.Run());
        Assert.Equal(["first", "second"], fired);
    }

    /// <summary>A clock that counts whole milliseconds may be early by a part of one.</summary>
    [Fact]
    public void A_timer_that_the_clock_wakes_early_waits_for_the_rest()
    {
        Armed("one", 10);
        nowMs = 9;
        loop.Scheduled[0].Run();
        Assert.Empty(fired);
        nowMs = 10;
        Assert.Equal(2, loop.Scheduled.Count);
        loop.Scheduled[1].Run();
        Assert.Equal(["one"], fired);
    }

    [Fact]
    public void A_deadline_that_was_moved_or_cancelled_does_not_fire()
    {
        var moved = Armed("moved", 10);
        Armed("cancelled", 10).Cancel();
        moved.Arm(50);
        nowMs = 40;
        timers.FirePassed();
        Assert.Empty(fired);
        nowMs = 51;
        timers.FirePassed();
        Assert.Equal(["moved"], fired);
        Assert.False(moved.IsArmed);
    }

    [Fact]
    public void Timers_that_wake_at_the_same_time_all_fire()
    {
        for (var number = 0; number < 3; number++)
            Armed($"{number}", 10);
        nowMs = 11;
        timers.FirePassed();
        Assert.Equal(["0", "1", "2"], fired);
    }
}
