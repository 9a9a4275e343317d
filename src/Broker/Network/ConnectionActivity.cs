namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// When a connection was last used, and whether that is longer ago than <c>connections.max.idle.ms</c> allows. Touched only on the
/// connection's loop, but for <see cref="LastUsedTimestamp"/>.
/// </summary>
internal sealed class ConnectionActivity(long maxIdleMs, TimeProvider time)
{
    private bool isActive = true;
    private long activeTimestamp = time.GetTimestamp();

    /// <summary>When something last went either way, no finer than the checks. May be read on any loop.</summary>
    public long LastUsedTimestamp => Volatile.Read(ref activeTimestamp);

    /// <summary>Bytes have come or gone.</summary>
    public void OnActivity() => isActive = true;

    /// <summary>Whether the connection is to be closed as idle. Called now and then.</summary>
    /// <param name="isBusy">Whether this broker is at work for it, so that it is not idle however quiet it is.</param>
    public bool IsIdle(bool isBusy)
    {
        var now = time.GetTimestamp();
        if (isActive || isBusy)
        {
            // The clock is read here and not with each request; being late by one check is fine.
            isActive = false;
            Volatile.Write(ref activeTimestamp, now);
            return false;
        }
        return maxIdleMs >= 0 && time.GetElapsedTime(activeTimestamp, now).TotalMilliseconds > maxIdleMs;
    }
}
