namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// A deadline that is moved far more often than it passes: moving it later only writes a number, and the loop's timer, when it fires early,
/// waits for the rest. So a heartbeat allocates no timer. On its shard's loop.
/// </summary>
public sealed class ShardTimer : ILoopWork
{
    private const long Unarmed = long.MaxValue;
    private readonly ILoop loop;
    private readonly Func<long> uptimeMs;
    private readonly SortedSet<ShardTimer> armed;
    private readonly Action onExpired;
    private long deadlineMs = Unarmed;
    private IDisposable? wake;

    /// <param name="loop">The shard's.</param>
    /// <param name="uptimeMs">Monotonic milliseconds.</param>
    /// <param name="armed">The shard's armed timers, among which this one is while it is armed.</param>
    /// <param name="number">Tells timers apart that wake at the same time.</param>
    /// <param name="onExpired">Called when the deadline has passed.</param>
    internal ShardTimer(ILoop loop, Func<long> uptimeMs, SortedSet<ShardTimer> armed, long number, Action onExpired)
    {
        (this.loop, this.uptimeMs, this.armed, this.onExpired) = (loop, uptimeMs, armed, onExpired);
        Number = number;
    }

    /// <summary>The order in which they wake.</summary>
    internal static IComparer<ShardTimer> ByWake { get; } = Comparer<ShardTimer>.Create(
        static (one, other) => (one.WakeAtMs, one.Number).CompareTo((other.WakeAtMs, other.Number)));

    public bool IsArmed => deadlineMs != Unarmed;

    /// <summary>When the deadline is looked at next, at the latest when it passes.</summary>
    internal long WakeAtMs { get; private set; } = Unarmed;

    private long Number { get; }

    /// <summary>Sets the deadline that many milliseconds from now, in place of any other; below zero counts as zero.</summary>
    public void Arm(long delayMs)
    {
        Invariant.Holds(loop.IsCurrent);
        var nowMs = uptimeMs();
        deadlineMs = nowMs + Math.Max(0, delayMs);
        if (WakeAtMs <= deadlineMs)
            return;
        Wake(nowMs);
    }

    public void Cancel()
    {
        Invariant.Holds(loop.IsCurrent);
        deadlineMs = Unarmed;
        Sleep();
    }

    void ILoopWork.Run()
    {
        // A wake that was queued already when it was disposed of still runs; what it was for has been seen to. One that is early waits for
        // the rest: the clock behind the loop counts whole milliseconds, and so may be a part of one ahead of this one.
        if (WakeAtMs != Unarmed)
            Fire();
    }

    /// <summary>Looks at the deadline, and waits for the rest when it has not passed.</summary>
    internal void Fire()
    {
        Sleep();
        var nowMs = uptimeMs();
        if (nowMs < deadlineMs)
        {
            Wake(nowMs);
            return;
        }
        deadlineMs = Unarmed;
        onExpired();
    }

    private void Sleep()
    {
        if (WakeAtMs == Unarmed)
            return;
        armed.Remove(this);
        WakeAtMs = Unarmed;
        wake?.Dispose();
        wake = null;
    }

    private void Wake(long nowMs)
    {
        Sleep();
        WakeAtMs = deadlineMs;
        armed.Add(this);
        wake = loop.Schedule(TimeSpan.FromMilliseconds(deadlineMs - nowMs), this);
    }
}
