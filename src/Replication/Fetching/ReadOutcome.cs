using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>What a reader wants of one partition.</summary>
/// <param name="MaxBytes">What to stop at; the first batch may go over it for a reader that takes at least one.</param>
/// <param name="KnownLeaderEpoch">The leader epoch the reader believes in; Unknown is not compared. KIP-320.</param>
/// <param name="LastFetchedEpoch">The epoch of the last record the reader has; Unknown when it does not say. KIP-595.</param>
public readonly record struct ReadRequest(
    long FetchOffset,
    int MaxBytes,
    ReadIsolation Isolation,
    LeaderEpoch KnownLeaderEpoch,
    LeaderEpoch LastFetchedEpoch,
    bool LeaderOnly)
{
    /// <summary>The replica that reads in order to copy; null for any other reader.</summary>
    public BrokerId? Replica { get; init; }

    /// <summary>Whether a part of the first batch is given where all of it is too much, as to readers of before KIP-74.</summary>
    public bool MayCutFirstBatch { get; init; }
}

/// <summary>
/// What one partition gave. <see cref="Records"/> holds a file reference that whoever has this value must release, or pass on to the
/// answer.
/// </summary>
public readonly record struct ReadOutcome(KafkaError Error, PartitionSnapshot? Snapshot)
{
    public FileSlice Records { get; init; }
    /// <summary>
    /// What a reader with read_committed has to drop of the records: those of these transactions, up to their markers; null for nothing.
    /// KIP-98.
    /// </summary>
    public IReadOnlyList<AbortedTransaction>? AbortedTransactions { get; init; }
    /// <summary>Set when the reader has other records than this log has: where to cut its own. KIP-595.</summary>
    public EpochEndOffset? Diverging { get; init; }
    /// <summary>Set when the reader is to read from another replica, and then there are no records. KIP-392.</summary>
    public BrokerId? PreferredReadReplica { get; init; }
    /// <summary>A quota has the leader give this follower nothing now, so that more records are no reason to answer it.</summary>
    public bool IsThrottled { get; init; }
    public int Length => Records.Length;

    public void Release() => Records.File?.Release();
}
