using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>Answers readers of a partition from one snapshot of it, on the reader's thread.</summary>
internal static class PartitionReader
{
    public static ReadOutcome Read(Partition partition, PartitionSnapshot snapshot, in ReadRequest request, bool atLeastOneBatch)
    {
        if (snapshot.CheckReadable(request.KnownLeaderEpoch, request.LeaderOnly) is var refused and not KafkaError.None)
            return new ReadOutcome(refused, snapshot);
        var log = snapshot.Leadership.Log!;
        if (request.Isolation == ReadIsolation.ReadCommitted && log.HoldsUncommittedTransactions)
            return new ReadOutcome(KafkaError.UnsupportedForMessageFormat, snapshot);
        try
        {
            if (request.LastFetchedEpoch.Value >= 0 && CheckDivergence(snapshot, log, request) is { } parted)
                return parted;
            if (request.FetchOffset < snapshot.LogStartOffset || request.FetchOffset > snapshot.LogEndOffset)
                return new ReadOutcome(KafkaError.OffsetOutOfRange, snapshot);
            var end = snapshot.EndFor(request.Isolation);
            if (request.FetchOffset >= end || (request.MaxBytes <= 0 && !atLeastOneBatch))
                return new ReadOutcome(KafkaError.None, snapshot);
            var result = log.Read(request.FetchOffset, request.MaxBytes, end, atLeastOneBatch);
            return new ReadOutcome(result.Error, snapshot) { Records = result.Slice ?? default };
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

    /// <summary>Whether the reader's last record lies on a branch that this log does not have; null when it does not. KIP-595.</summary>
    private static ReadOutcome? CheckDivergence(PartitionSnapshot snapshot, PartitionLog log, in ReadRequest request)
    {
        var end = log.LeaderEpochs.EndOffsetFor(request.LastFetchedEpoch, snapshot.LogEndOffset);
        if (end == EpochEndOffset.Undefined || request.FetchOffset < snapshot.LogStartOffset)
            return new ReadOutcome(KafkaError.OffsetOutOfRange, snapshot);
        return end.Epoch < request.LastFetchedEpoch || end.EndOffset < request.FetchOffset
            ? new ReadOutcome(KafkaError.None, snapshot) { Diverging = end }
            : null;
    }
}
