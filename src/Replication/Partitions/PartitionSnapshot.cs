namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// A partition as readers on any thread see it; replaced as a whole by the partition's loop.
/// LogStartOffset ≤ LastStableOffset ≤ HighWatermark ≤ LogEndOffset.
/// </summary>
public sealed class PartitionSnapshot(
    PartitionLeadership leadership, long logStartOffset, long lastStableOffset, long highWatermark, long logEndOffset)
{
    public PartitionLeadership Leadership => leadership;
    public long LogStartOffset => logStartOffset;
    /// <summary>Exclusive.</summary>
    public long HighWatermark => highWatermark;
    /// <summary>Exclusive: below it no transaction is open.</summary>
    public long LastStableOffset => lastStableOffset;
    /// <summary>Exclusive.</summary>
    public long LogEndOffset => logEndOffset;

    /// <summary>The offset a reader stops before.</summary>
    public long EndFor(ReadIsolation isolation) => isolation switch
    {
        ReadIsolation.LogEnd => LogEndOffset,
        ReadIsolation.ReadCommitted => LastStableOffset,
        _ => HighWatermark,
    };

    /// <summary>Compares the epoch a client knows with ours; unknown (−1) is not compared. KIP-320.</summary>
    public KafkaError CheckLeaderEpoch(LeaderEpoch known)
    {
        if (known.Value < 0 || known == leadership.LeaderEpoch)
            return KafkaError.None;
        return known < leadership.LeaderEpoch ? KafkaError.FencedLeaderEpoch : KafkaError.UnknownLeaderEpoch;
    }

    /// <summary>Why this broker cannot serve the partition to a reader; None when it can.</summary>
    public KafkaError CheckReadable(LeaderEpoch known, bool leaderOnly)
    {
        if (leadership.Role is PartitionRole.Offline or PartitionRole.OfOtherTopic)
            return leadership.Refusal;
        if (CheckLeaderEpoch(known) is var fenced and not KafkaError.None)
            return fenced;
        var serves = leadership.IsLeader || (!leaderOnly && leadership.Role == PartitionRole.Follower);
        return serves && leadership.Log is not null ? KafkaError.None : leadership.Refusal;
    }
}
