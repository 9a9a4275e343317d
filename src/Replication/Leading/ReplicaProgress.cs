namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// How far the replicas of a partition are, as its leader knows it within one leader epoch: the ISR, the state of each follower, and the
/// high watermark that follows from both. Touched only on the partition's loop.
/// </summary>
internal sealed class ReplicaProgress
{
    private readonly FollowerState[] followers;
    private volatile Isr isr;

    public ReplicaProgress(BrokerId self, IReadOnlyList<BrokerId> replicas, Isr isr, DateTimeOffset now)
    {
        this.isr = isr;
        followers = [.. replicas.Where(broker => broker != self)
            .Select(broker => new FollowerState(broker, isr.IsInMaximal(broker), now))];
    }

    public Isr Isr { get => isr; set => isr = value; }

    /// <summary>
    /// The number of in-sync replicas that acks=all asks for: <c>min.insync.replicas</c>, or all replicas when there are fewer, because
    /// the partition could never be written to otherwise.
    /// </summary>
    public int EffectiveMinIsr(int minInSyncReplicas) => Math.Min(minInSyncReplicas, 1 + followers.Length);

    /// <summary>Whether an append with acks=all is refused: too few replicas are known to be in sync.</summary>
    public bool IsBelowMinIsr(int minInSyncReplicas) => Isr.Count < EffectiveMinIsr(minInSyncReplicas);

    /// <summary>
    /// Whether records that the high watermark has passed may still be on too few replicas. The maximal ISR had to have them, so its size
    /// tells.
    /// </summary>
    public bool IsMaximalBelowMinIsr(int minInSyncReplicas) => Isr.MaximalCount < EffectiveMinIsr(minInSyncReplicas);

    /// <summary>The state of a follower; null for a broker that is no replica, and for the leader itself.</summary>
    public FollowerState? Follower(BrokerId broker) => Array.Find(followers, follower => follower.Broker == broker);

    /// <summary>How far the followers in the committed ISR are; any thread may look at it.</summary>
    public IReadOnlyList<FollowerProgress> InSyncFollowers
    {
        get
        {
            var committed = isr.Committed;
            return [.. followers.Select(follower => follower.Progress).Where(progress => committed.Contains(progress.Broker))];
        }
    }

    /// <summary>The followers in the ISR that have not had all of the leader's records for too long.</summary>
    public IReadOnlyList<BrokerId> LaggingInIsr(long logEndOffset, DateTimeOffset now, TimeSpan lagTimeMax)
        => [.. followers.Where(follower => Isr.Committed.Contains(follower.Broker) && !follower.IsCaughtUp(logEndOffset, now, lagTimeMax))
            .Select(follower => follower.Broker)];

    /// <summary>
    /// The log start offset up to which all live replicas have deleted records; −1 while one of them has not said. For DeleteRecords,
    /// which is done when this has reached the offset. KIP-107.
    /// </summary>
    public long LowWatermark(long logStartOffset, ILiveBrokers liveBrokers)
        => followers.Where(follower => liveBrokers.IsLive(follower.Broker)).Select(follower => follower.LogStartOffset)
            .Append(logStartOffset).Min();

    /// <summary>
    /// Where the high watermark may be: at the least of what the leader may acknowledge by itself and the log end offsets of the followers
    /// in the maximal ISR and of those live ones that have caught up and so are about to join it. It never goes back. It does not move
    /// while the ISR is below the minimum, so that no consumer reads a record whose producer may be told that it has too few replicas.
    /// </summary>
    /// <param name="current">Where it is.</param>
    /// <param name="logEndOffset">The leader's.</param>
    /// <param name="acknowledgeableOffset">The leader's: without what <c>flush.messages</c> has yet to flush.</param>
    /// <param name="conditions">What else it depends on.</param>
    public long HighWatermark(long current, long logEndOffset, long acknowledgeableOffset, in HighWatermarkConditions conditions)
    {
        if (IsBelowMinIsr(conditions.MinInSyncReplicas))
            return current;
        var least = acknowledgeableOffset;
        foreach (var follower in followers)
        {
            if (follower.LogEndOffset < least && Counts(follower, logEndOffset, conditions))
                least = follower.LogEndOffset;
        }
        return Math.Max(current, least);
    }

    private bool Counts(FollowerState follower, long logEndOffset, in HighWatermarkConditions conditions)
        => Isr.IsInMaximal(follower.Broker)
            || (follower.IsCaughtUp(logEndOffset, conditions.Now, conditions.LagTimeMax)
                && conditions.LiveBrokers.IsLive(follower.Broker));
}

/// <summary>What the high watermark depends on besides the progress of the replicas.</summary>
internal readonly record struct HighWatermarkConditions(
    int MinInSyncReplicas, DateTimeOffset Now, TimeSpan LagTimeMax, ILiveBrokers LiveBrokers);
