using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>What this broker is to a partition.</summary>
public enum PartitionRole
{
    /// <summary>Known, but no controller has said yet what to be.</summary>
    None = 0,
    Leader,
    Follower,
    /// <summary>Its log dir failed; every request is answered KAFKA_STORAGE_ERROR.</summary>
    Offline,
    /// <summary>Stopped or deleted on this broker; the object is dead.</summary>
    Stopped,
}

/// <summary>
/// Who leads a partition and in which epochs, as the controller last said. Immutable and shared by all snapshots of the same reign, so that
/// two snapshots with different leaderships differ by reference.
/// </summary>
/// <param name="EpochStartOffset">On the leader: the log end offset when this leader epoch began.</param>
/// <param name="TopicId">Zero when the controller gave none.</param>
public sealed record PartitionLeadership(
    TopicId TopicId,
    PartitionRole Role,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    long EpochStartOffset,
    PartitionLog? Log)
{
    public bool IsLeader => Role == PartitionRole.Leader;
}

/// <summary>
/// A partition as readers on any thread see it; replaced as a whole by the partition's loop.
/// LogStartOffset ≤ LastStableOffset ≤ HighWatermark ≤ LogEndOffset.
/// </summary>
public sealed class PartitionSnapshot(PartitionLeadership leadership, long logStartOffset, long highWatermark, long logEndOffset)
{
    public PartitionLeadership Leadership => leadership;
    public long LogStartOffset => logStartOffset;
    /// <summary>Exclusive.</summary>
    public long HighWatermark => highWatermark;
    /// <summary>Exclusive. The high watermark, as no transaction can be open.</summary>
    public long LastStableOffset => highWatermark;
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
        if (leadership.Role == PartitionRole.Offline)
            return KafkaError.KafkaStorageError;
        if (CheckLeaderEpoch(known) is var fenced and not KafkaError.None)
            return fenced;
        var serves = leadership.IsLeader || (!leaderOnly && leadership.Role == PartitionRole.Follower);
        return serves && leadership.Log is not null ? KafkaError.None : KafkaError.NotLeaderOrFollower;
    }
}

/// <summary>How far a reader may see.</summary>
public enum ReadIsolation
{
    /// <summary>Up to the high watermark: a consumer.</summary>
    ReadUncommitted = 0,
    /// <summary>Up to the last stable offset. KIP-98.</summary>
    ReadCommitted,
    /// <summary>Up to the log end: replicas, and a coordinator that loads its state.</summary>
    LogEnd,
}
