namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a broker holds for a partition only while it leads it: the ISR, the followers' positions and the rule of the high watermark.
/// Touched only on the partition's loop.
/// </summary>
internal sealed class LeaderState(BrokerId self, IReadOnlyList<BrokerId> replicas, Isr isr, DateTimeOffset now)
{
    private readonly ReplicaState[] followers = Begin(self, replicas, isr, now);

    public Isr Isr { get; set; } = isr;

    /// <summary>A topic with fewer replicas than <c>min.insync.replicas</c> is not blocked for ever: the smaller number counts.</summary>
    public int EffectiveMinIsr(int minInSyncReplicas) => Math.Min(minInSyncReplicas, 1 + followers.Length);

    public bool IsBelowMinIsr(int minInSyncReplicas) => Isr.Count < EffectiveMinIsr(minInSyncReplicas);

    /// <summary>Whether what has passed the high watermark is on as few replicas as to be called too few.</summary>
    public bool IsMaximalBelowMinIsr(int minInSyncReplicas) => Isr.MaximalCount < EffectiveMinIsr(minInSyncReplicas);

    public ReplicaState? Follower(BrokerId broker) => Array.Find(followers, follower => follower.Broker == broker);

    /// <summary>
    /// Where the high watermark may be now: the least log end of all replicas that are in the maximal ISR, or are alive and about to join
    /// it. Never lower than it is; it stands still while the ISR is too small for acks=all, so that a reader never sees what such a
    /// producer was refused.
    /// </summary>
    public long HighWatermark(long current, long logEndOffset, in HighWatermarkRule rule)
    {
        if (IsBelowMinIsr(rule.MinInSyncReplicas))
            return current;
        var least = logEndOffset;
        foreach (var follower in followers)
        {
            var counts = Isr.IsInMaximal(follower.Broker)
                || (follower.IsCaughtUp(logEndOffset, rule.Now, rule.LagTimeMax) && rule.LiveBrokers.IsLive(follower.Broker));
            if (counts && follower.LogEndOffset < least)
                least = follower.LogEndOffset;
        }
        return Math.Max(current, least);
    }

    private static ReplicaState[] Begin(BrokerId self, IReadOnlyList<BrokerId> replicas, Isr isr, DateTimeOffset now)
    {
        var followers = new List<ReplicaState>();
        foreach (var broker in replicas)
        {
            if (broker == self)
                continue;
            var follower = new ReplicaState(broker);
            follower.BeginEpoch(isr.IsInMaximal(broker), now);
            followers.Add(follower);
        }
        return [.. followers];
    }
}

/// <summary>What the rule of the high watermark looks at besides the leader's own state.</summary>
internal readonly record struct HighWatermarkRule(int MinInSyncReplicas, DateTimeOffset Now, TimeSpan LagTimeMax, ILiveBrokers LiveBrokers);

/// <summary>Which brokers are registered, as the controller last said in UpdateMetadata.</summary>
public interface ILiveBrokers
{
    bool IsLive(BrokerId broker);
}
