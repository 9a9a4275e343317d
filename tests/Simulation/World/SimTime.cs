namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// The world's clock: stands still until the world moves it to the next timer. Timers due at one instant fire in the order they were armed.
/// </summary>
public sealed class SimTime : TimeProvider
{
    private readonly PriorityQueue<SimTimer, (long DueTicks, long Order)> timers = new();
    private readonly SimWorld world;
    private long nowTicks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;
    private long order;

    internal SimTime(SimWorld world) => this.world = world;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow() => new(nowTicks, TimeSpan.Zero);
    public override long GetTimestamp() => nowTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>When the next armed timer is due; null when none is.</summary>
    internal DateTimeOffset? NextDue
    {
        get
        {
            while (timers.TryPeek(out var timer, out var key))
            {
                if (timer.IsArmedFor(key.Order))
                    return new DateTimeOffset(key.DueTicks, TimeSpan.Zero);
                timers.Dequeue();
            }
            return null;
        }
    }

    /// <summary>Moves the clock forward and queues what has become due, as one piece of work each.</summary>
    internal void MoveTo(DateTimeOffset time)
    {
        Invariant.Holds(time.UtcTicks >= nowTicks);
        nowTicks = time.UtcTicks;
        while (timers.TryPeek(out var timer, out var key) && key.DueTicks <= nowTicks)
        {
            timers.Dequeue();
            if (timer.IsArmedFor(key.Order))
                timer.Fire(world);
        }
    }

    private sealed class SimTimer(SimTime time, TimerCallback callback, object? state) : ITimer
    {
        private long armedOrder = -1;
        private TimeSpan period;

        public bool IsArmedFor(long order) => armedOrder == order;

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            period = newPeriod;
            armedOrder = -1;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;
            armedOrder = ++time.order;
            time.timers.Enqueue(this, (time.nowTicks + Math.Max(0, dueTime.Ticks), armedOrder));
            return true;
        }

        public void Fire(SimWorld world)
        {
            armedOrder = -1;
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
                Change(period, period);
            world.Enqueue("timer", () => callback(state));
        }

        public void Dispose() => armedOrder = -1;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
