using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>
/// Chooses the replica that a consumer is to read from: one in its own rack, so that records need not cross racks. Kafka's
/// <c>RackAwareReplicaSelector</c>. KIP-392. Pure.
/// </summary>
public static class PreferredReadReplica
{
    /// <param name="rack">The consumer's; empty from one that does not say.</param>
    /// <param name="leader">Whom the consumer asked.</param>
    /// <param name="fetchOffset">What it asked for.</param>
    /// <param name="followers">How far the other replicas in the ISR are.</param>
    /// <param name="rackOf">The rack of a broker; null where it has none, or is not live.</param>
    /// <returns>
    /// The follower that has most of the log, of several the one that had all of it last; null where the leader serves the consumer as well
    /// or better.
    /// </returns>
    public static BrokerId? Choose(
        string rack, BrokerId leader, long fetchOffset, IEnumerable<FollowerProgress> followers, Func<BrokerId, string?> rackOf)
    {
        if (rack.Length == 0 || rackOf(leader) == rack)
            return null;
        FollowerProgress? best = null;
        foreach (var follower in followers)
        {
            var holdsOffset = follower.LogStartOffset <= fetchOffset && fetchOffset <= follower.LogEndOffset;
            if (holdsOffset && rackOf(follower.Broker) == rack && (best is null || IsAhead(follower, best)))
                best = follower;
        }
        return best?.Broker;
    }

    private static bool IsAhead(FollowerProgress follower, FollowerProgress best)
        => (follower.LogEndOffset, follower.LastCaughtUp).CompareTo((best.LogEndOffset, best.LastCaughtUp)) > 0;
}
