namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a leader knows of one follower from the follower's fetches, within one leader epoch. Changed only on the partition's loop; its
/// <see cref="Progress"/> may be read on any thread.
/// </summary>
internal sealed class FollowerState
{
    private long lastFetchLeaderLogEndOffset;
    private DateTimeOffset lastFetchTime;
    private BrokerEpoch brokerEpoch = BrokerEpoch.Unknown;
    private volatile FollowerProgress progress;

    /// <param name="isInIsr">A member of the ISR counts as caught up at the start of the epoch; any other has yet to catch up.</param>
    public FollowerState(BrokerId broker, bool isInIsr, DateTimeOffset now)
        => progress = new FollowerProgress(broker, -1, -1, isInIsr ? now : default);

    public BrokerId Broker => progress.Broker;
    /// <inheritdoc cref="FollowerProgress.LogEndOffset"/>
    public long LogEndOffset => progress.LogEndOffset;
    public long LogStartOffset => progress.LogStartOffset;
    public DateTimeOffset LastCaughtUp => progress.LastCaughtUp;

    /// <summary>As of the last fetch.</summary>
    public FollowerProgress Progress => progress;

    /// <summary>
    /// Takes in how far the follower is. It is caught up now when it asks for the leader's log end offset. When it asks for what that was
    /// at its previous fetch, it was caught up at the time of that fetch. False, and nothing changes, for a fetch of an earlier
    /// registration of the broker than one that has fetched: such a fetch was late, and the records that it speaks of may have been lost
    /// since. KIP-903.
    /// </summary>
    public bool TryRecord(in FollowerFetch fetch)
    {
        if (fetch.BrokerEpoch != BrokerEpoch.Unknown)
        {
            if (fetch.BrokerEpoch.Value < brokerEpoch.Value)
                return false;
            brokerEpoch = fetch.BrokerEpoch;
        }
        var lastCaughtUp = progress.LastCaughtUp;
        if (fetch.FetchOffset >= fetch.LeaderLogEndOffset)
            lastCaughtUp = Later(lastCaughtUp, fetch.Time);
        else if (fetch.FetchOffset >= lastFetchLeaderLogEndOffset)
            lastCaughtUp = Later(lastCaughtUp, lastFetchTime);
        progress = new FollowerProgress(Broker, fetch.FetchOffset, fetch.LogStartOffset, lastCaughtUp);
        (lastFetchLeaderLogEndOffset, lastFetchTime) = (fetch.LeaderLogEndOffset, fetch.Time);
        return true;
    }

    public bool IsCaughtUp(long leaderLogEndOffset, DateTimeOffset now, TimeSpan lagTimeMax)
        => LogEndOffset == leaderLogEndOffset || now - LastCaughtUp <= lagTimeMax;

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}

/// <summary>How far a follower is. Immutable.</summary>
/// <param name="LogEndOffset">
/// Exclusive; −1 until the follower has fetched. A follower asks for offset n when it has all records before n, so a record counts as
/// replicated only with the fetch that comes after the one that returned it.
/// </param>
/// <param name="LogStartOffset">−1 until the follower has fetched, and from one that does not say.</param>
/// <param name="LastCaughtUp">When it last had all that the leader had.</param>
public sealed record FollowerProgress(BrokerId Broker, long LogEndOffset, long LogStartOffset, DateTimeOffset LastCaughtUp);
