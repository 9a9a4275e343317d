namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a leader knows of one follower from its fetches. Touched only on the partition's loop; dies with the leader epoch.
/// </summary>
internal sealed class ReplicaState(BrokerId broker)
{
    private long lastFetchLeaderLogEndOffset;
    private DateTimeOffset lastFetchTime;

    public BrokerId Broker => broker;
    /// <summary>Exclusive; −1 until the follower has fetched. An offset counts as replicated only with the fetch after it.</summary>
    public long LogEndOffset { get; private set; } = -1;
    public long LogStartOffset { get; private set; } = -1;
    public DateTimeOffset LastCaughtUp { get; private set; }

    /// <summary>A new leader epoch: a member of the ISR is given the benefit of the doubt, any other has yet to catch up.</summary>
    public void BeginEpoch(bool isInIsr, DateTimeOffset now)
    {
        LogEndOffset = LogStartOffset = -1;
        lastFetchLeaderLogEndOffset = 0;
        lastFetchTime = default;
        LastCaughtUp = isInIsr ? now : default;
    }

    /// <summary>
    /// A fetch tells how far the follower is. It has caught up when it asks for the leader's end, or for what was the end at its previous
    /// fetch: then it was caught up at that time.
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
