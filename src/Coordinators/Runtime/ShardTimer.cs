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
    private readonly Action onExpired;
    private long deadlineMs = Unarmed;
    private long wakeAtMs = Unarmed;
    private IDisposable? wake;

    internal ShardTimer(ILoop loop, Func<long> uptimeMs, Action onExpired)
        => (this.loop, this.uptimeMs, this.onExpired) = (loop, uptimeMs, onExpired);

    public bool IsArmed => deadlineMs != Unarmed;

    /// <summary>Sets the deadline that many milliseconds from now, in place of any other; below zero counts as zero.</summary>
    public void Arm(long delayMs)
    {
        Invariant.Holds(loop.IsCurrent);
        var nowMs = uptimeMs();
        deadlineMs = nowMs + Math.Max(0, delayMs);
        if (wakeAtMs <= deadlineMs)
            return;
        Wake(nowMs);
    }

    public void Cancel()
    {
        Invariant.Holds(loop.IsCurrent);
        deadlineMs = Unarmed;
        wakeAtMs = Unarmed;
        wake?.Dispose();
        wake = null;
    }

    void ILoopWork.Run()
    {
        wakeAtMs = Unarmed;
        if (!IsArmed)
            return;
        var nowMs = uptimeMs();
        if (nowMs < deadlineMs)
        {
            Wake(nowMs);
            return;
        }
        deadlineMs = Unarmed;
        onExpired();
    }

    private void Wake(long nowMs)
    {
        // A wake that was already queued when it was disposed of still runs; it must not leave a second one behind.
        wake?.Dispose();
        wakeAtMs = deadlineMs;
        wake = loop.Schedule(TimeSpan.FromMilliseconds(deadlineMs - nowMs), this);
    }
}
