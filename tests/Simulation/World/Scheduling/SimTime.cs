namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>
/// The world's clock: stands still until the world moves it to the next timer. Timers due at one instant fire in the order they were armed.
/// </summary>
public sealed class SimTime : TimeProvider
{
    private readonly PriorityQueue<SimTimer, (long DueTicks, long Order)> timers = new();
    private readonly SimScheduler scheduler;
    private long nowTicks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;
    private long order;

    internal SimTime(SimScheduler scheduler) => this.scheduler = scheduler;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow() => new(nowTicks, TimeSpan.Zero);
    public override long GetTimestamp() => nowTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => CreateTimer(scheduler.Forever, callback, state, dueTime, period);

    /// <summary>The same clock for what ends with a lifetime: its timers do not fire behind it.</summary>
    public TimeProvider For(SimLifetime lifetime) => new LifetimeTime(this, lifetime);

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

    /// <summary>Moves the clock to a timer that is due then, or already was.</summary>
    internal void MoveToDue(DateTimeOffset due) => MoveTo(due > GetUtcNow() ? due : GetUtcNow());

    /// <summary>Moves the clock forward and queues what has become due, as one piece of work each.</summary>
    internal void MoveTo(DateTimeOffset time)
    {
        Invariant.Holds(time.UtcTicks >= nowTicks);
        nowTicks = time.UtcTicks;
        while (timers.TryPeek(out var timer, out var key) && key.DueTicks <= nowTicks)
        {
            timers.Dequeue();
            if (timer.IsArmedFor(key.Order))
                timer.Fire();
        }
    }

    private SimTimer CreateTimer(SimLifetime lifetime, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(this, lifetime, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LifetimeTime(SimTime time, SimLifetime lifetime) : TimeProvider
    {
        public override long TimestampFrequency => time.TimestampFrequency;
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();
        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => time.CreateTimer(lifetime, callback, state, dueTime, period);
    }

    private sealed class SimTimer(SimTime time, SimLifetime lifetime, TimerCallback callback, object? state) : ITimer
    {
        private long armedOrder = -1;
        private TimeSpan period;

        public bool IsArmedFor(long order) => armedOrder == order && !lifetime.IsOver;

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

        public void Fire()
        {
            armedOrder = -1;
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
                Change(period, period);
            time.scheduler.Enqueue(lifetime, "timer", () => callback(state));
        }

        public void Dispose() => armedOrder = -1;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
