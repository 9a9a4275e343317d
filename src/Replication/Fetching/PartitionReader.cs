using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>Reads records from a partition: on the reader's thread, from one snapshot of the partition.</summary>
public static class PartitionReader
{
    /// <summary>
    /// Reads whole batches from the one that holds the fetch offset on. When the disk fails, the partition goes offline.
    /// </summary>
    /// <param name="atLeastOneBatch">The first batch comes whole, also when it is larger than what was asked for. KIP-74.</param>
    public static ReadOutcome Read(this Partition partition, in ReadRequest request, bool atLeastOneBatch)
    {
        var snapshot = partition.Snapshot;
        if (snapshot.CheckReadable(request.KnownLeaderEpoch, request.LeaderOnly) is var refused and not KafkaError.None)
            return new ReadOutcome(refused, snapshot);
        if (request.Replica is { } replica && !snapshot.Leadership.IsFollower(replica))
            return new ReadOutcome(NoReplica(request), snapshot);
        var log = snapshot.Leadership.Log!;
        try
        {
            return Read(snapshot, log, request, atLeastOneBatch);
        }
        catch (DiskError error)
        {
            partition.ReadFailed(log, error);
            return new ReadOutcome(KafkaError.KafkaStorageError, snapshot);
        }
        catch (ObjectDisposedException) when (!ReferenceEquals(partition.Snapshot.Leadership.Log, log))
        {
            // The partition was deleted, or its log dir lost, while this thread looked into its files.
            return new ReadOutcome(KafkaError.NotLeaderOrFollower, snapshot);
        }
    }

    /// <summary>
    /// The controller has made the reader a replica, or no replica any more, and this broker has yet to hear of it.
    /// </summary>
    private static KafkaError NoReplica(in ReadRequest request)
        => request.KnownLeaderEpoch.Value >= 0 ? KafkaError.UnknownLeaderEpoch : KafkaError.NotLeaderOrFollower;

    private static ReadOutcome Read(PartitionSnapshot snapshot, ReadOnlyLog log, in ReadRequest request, bool atLeastOneBatch)
    {
        if (request.LastFetchedEpoch.Value >= 0 && CheckDivergence(snapshot, log, request) is { } diverging)
            return diverging;
        if (request.FetchOffset < snapshot.LogStartOffset || request.FetchOffset > snapshot.LogEndOffset)
            return new ReadOutcome(KafkaError.OffsetOutOfRange, snapshot);
        var end = snapshot.EndFor(request.Isolation);
        if (request.FetchOffset >= end || (request.MaxBytes <= 0 && !atLeastOneBatch))
            return new ReadOutcome(KafkaError.None, snapshot);
        var result = request.Isolation == ReadIsolation.ReadCommitted
            ? log.ReadCommitted(request.FetchOffset, request.MaxBytes, end, atLeastOneBatch)
            : log.Read(request.FetchOffset, request.MaxBytes, end, atLeastOneBatch, request.MayCutFirstBatch);
        return new ReadOutcome(result.Error, snapshot)
        {
            Records = result.Slice ?? default,
            AbortedTransactions = result.AbortedTransactions,
        };
    }

    /// <summary>
    /// Null when the reader's last record is in this log too. Otherwise the two logs have different records from some offset on, and the
    /// reader is told where to cut its own. KIP-595.
    /// </summary>
    private static ReadOutcome? CheckDivergence(PartitionSnapshot snapshot, ReadOnlyLog log, in ReadRequest request)
    {
        var end = log.LeaderEpochs.EndOffsetFor(request.LastFetchedEpoch, snapshot.LogEndOffset);
        if (end == EpochEndOffset.Undefined || request.FetchOffset < snapshot.LogStartOffset)
            return new ReadOutcome(KafkaError.OffsetOutOfRange, snapshot);
        return end.Epoch < request.LastFetchedEpoch || end.EndOffset < request.FetchOffset
            ? new ReadOutcome(KafkaError.None, snapshot) { Diverging = end }
            : null;
    }
}
