namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// The armed timers of one shard in the order in which they wake. The clock's own timers come some milliseconds late; a shard looks here
/// before it takes an event in, so that no event is run before a deadline that had passed when it came. On the shard's loop.
/// </summary>
internal sealed class ShardTimers(ILoop loop, Func<long> uptimeMs)
{
    private readonly SortedSet<ShardTimer> armed = new(ShardTimer.ByWake);
    private long made;

    /// <summary>A timer that is not armed.</summary>
    public ShardTimer Create(Action onExpired) => new(loop, uptimeMs, armed, ++made, onExpired);

    /// <summary>Fires those whose time to wake has passed, the oldest first; what is to wake in this very millisecond has not.</summary>
    public void FirePassed()
    {
        Invariant.Holds(loop.IsCurrent);
        if (armed.Count == 0)
            return;
        var nowMs = uptimeMs();
        while (armed.Min is { } first && first.WakeAtMs < nowMs)
            first.Fire();
    }
}
