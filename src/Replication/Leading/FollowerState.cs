namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a leader knows of one follower from the follower's fetches, within one leader epoch. Touched only on the partition's loop.
/// </summary>
internal sealed class FollowerState
{
    private long lastFetchLeaderLogEndOffset;
    private DateTimeOffset lastFetchTime;

    /// <param name="isInIsr">A member of the ISR counts as caught up at the start of the epoch; any other has yet to catch up.</param>
    public FollowerState(BrokerId broker, bool isInIsr, DateTimeOffset now)
    {
        Broker = broker;
        LastCaughtUp = isInIsr ? now : default;
    }

    public BrokerId Broker { get; }
    /// <summary>
    /// Exclusive; −1 until the follower has fetched. A follower asks for offset n when it has all records before n, so a record counts as
    /// replicated only with the fetch that comes after the one that returned it.
    /// </summary>
    public long LogEndOffset { get; private set; } = -1;
    public long LogStartOffset { get; private set; } = -1;
    public DateTimeOffset LastCaughtUp { get; private set; }

    /// <summary>
    /// Takes in how far the follower is. It is caught up now when it asks for the leader's log end offset. When it asks for what that was
    /// at its previous fetch, it was caught up at the time of that fetch.
    /// </summary>
    public void RecordFetch(long fetchOffset, long logStartOffset, long leaderLogEndOffset, DateTimeOffset now)
    {
        if (fetchOffset >= leaderLogEndOffset)
            LastCaughtUp = Later(LastCaughtUp, now);
        else if (fetchOffset >= lastFetchLeaderLogEndOffset)
            LastCaughtUp = Later(LastCaughtUp, lastFetchTime);
        (LogEndOffset, LogStartOffset) = (fetchOffset, logStartOffset);
        (lastFetchLeaderLogEndOffset, lastFetchTime) = (leaderLogEndOffset, now);
    }

    public bool IsCaughtUp(long leaderLogEndOffset, DateTimeOffset now, TimeSpan lagTimeMax)
        => LogEndOffset == leaderLogEndOffset || now - LastCaughtUp <= lagTimeMax;

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}
