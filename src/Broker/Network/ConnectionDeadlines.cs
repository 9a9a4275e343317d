namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// When the peer or the network has kept one connection waiting for too long: with a frame that it began, with an answer that it does not
/// read, or with nothing at all. Touched only on the connection's loop, but for <see cref="LastUsedTimestamp"/>.
/// </summary>
internal sealed class ConnectionDeadlines(NetworkOptions options, TimeProvider time)
{
    private bool isActive = true;
    private long activeTimestamp = time.GetTimestamp();
    private long frameBegunTimestamp;
    private long sendBegunTimestamp;

    /// <summary>When something last went either way, no finer than the checks of deadlines. May be read on any loop.</summary>
    public long LastUsedTimestamp => Volatile.Read(ref activeTimestamp);

    /// <summary>Bytes have come or gone.</summary>
    public void OnActivity() => isActive = true;

    public void OnFrameEnded() => frameBegunTimestamp = 0;

    /// <summary>The time of a begun frame counts over all its pieces, yet not while it is this broker that does not read.</summary>
    /// <param name="isAwaited">Whether a frame has begun and more of it is being read.</param>
    public void OnFrameAwaited(bool isAwaited)
    {
        if (!isAwaited)
            frameBegunTimestamp = 0;
        else if (frameBegunTimestamp == 0)
            frameBegunTimestamp = time.GetTimestamp();
    }

    public void OnSendBegun() => sendBegunTimestamp = time.GetTimestamp();

    /// <summary>Why the connection is to be closed; null while it is in time.</summary>
    /// <param name="receivedBytes">What has come of the frame that has begun.</param>
    /// <param name="sendingBytes">What is being sent; null when nothing is.</param>
    /// <param name="isBusy">Whether requests are in flight, so that the connection is not idle however quiet it is.</param>
    public string? Overdue(long receivedBytes, long? sendingBytes, bool isBusy)
    {
        var now = time.GetTimestamp();
        if (frameBegunTimestamp != 0 && IsOverdue(frameBegunTimestamp, now, receivedBytes))
            return "a started request was not received in time";
        if (sendingBytes is { } bytes && IsOverdue(sendBegunTimestamp, now, bytes))
            return "an answer was not read in time";
        return IsIdle(now, isBusy || sendingBytes is not null) ? "idle" : null;
    }

    /// <summary>The slower peers get time in proportion to what is moved.</summary>
    private bool IsOverdue(long begunTimestamp, long now, long bytes)
        => time.GetElapsedTime(begunTimestamp, now).TotalMilliseconds
            > options.TransferTimeoutMs + bytes * 1000L / options.TransferMinBytesPerSecond;

    private bool IsIdle(long now, bool isBusy)
    {
        if (isActive || isBusy)
        {
            // The clock is read here and not with each request; being late by one check is fine.
            isActive = false;
            Volatile.Write(ref activeTimestamp, now);
            return false;
        }
        return options.ConnectionsMaxIdleMs >= 0
            && time.GetElapsedTime(activeTimestamp, now).TotalMilliseconds > options.ConnectionsMaxIdleMs;
    }
}
