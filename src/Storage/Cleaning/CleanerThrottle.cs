namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>Spreads a cleaner's reads and writes over time. Touched only on its loop.</summary>
internal sealed class CleanerThrottle(TimeProvider time)
{
    /// <summary>Shorter waits are put off until they have come together.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);

    private DateTimeOffset paidUntil;

    /// <summary>So many bytes were read or written; how long to wait before the next.</summary>
    public TimeSpan Take(int bytes, double bytesPerSecond)
    {
        var now = time.GetUtcNow();
        if (paidUntil < now)
            paidUntil = now;
        var seconds = bytes / Math.Max(bytesPerSecond, 1);
        paidUntil += TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds));
        var wait = paidUntil - now;
        return wait < ShortestWait ? TimeSpan.Zero : wait;
    }
}
