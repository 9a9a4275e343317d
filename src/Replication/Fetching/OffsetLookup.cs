using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>Finds one offset of a partition: where the log begins or ends for a reader, or where the records of a time begin.</summary>
public static class OffsetLookup
{
    /// <summary>
    /// The ends of the log are answered at once from the snapshot, on any thread. A time is looked up in segment files on the partition's
    /// loop, where none of them is deleted meanwhile. When the disk fails, the partition goes offline.
    /// </summary>
    public static ValueTask<OffsetAnswer> FindOffset(this Partition partition, OffsetQuery query)
        => query.IsEnd
            ? ValueTask.FromResult(Find(partition.Snapshot, query))
            : new ValueTask<OffsetAnswer>(partition.Loop.Ask(() => Guarded(partition, query)));

    private static OffsetAnswer Guarded(Partition partition, in OffsetQuery query)
    {
        var snapshot = partition.Snapshot;
        try
        {
            return Find(snapshot, query);
        }
        catch (DiskError error)
        {
            partition.ReadFailed(snapshot.Leadership.Log!, error);
            return OffsetAnswer.Failed(KafkaError.KafkaStorageError);
        }
    }

    private static OffsetAnswer Find(PartitionSnapshot snapshot, in OffsetQuery query)
    {
        if (snapshot.CheckReadable(query.KnownLeaderEpoch, query.LeaderOnly) is var refused and not KafkaError.None)
            return OffsetAnswer.Failed(refused);
        var log = snapshot.Leadership.Log!;
        var end = snapshot.EndFor(query.Isolation);
        var isEndKnown = query.Isolation == ReadIsolation.LogEnd || IsHighWatermarkKnown(snapshot);
        return query.Timestamp switch
        {
            OffsetQuery.Latest => isEndKnown
                ? At(end, snapshot.Leadership.LeaderEpoch)
                : OffsetAnswer.Failed(KafkaError.OffsetNotAvailable),
            OffsetQuery.Earliest or OffsetQuery.EarliestLocal => At(
                snapshot.LogStartOffset, log.LeaderEpochs.EpochOf(snapshot.LogStartOffset)),
            OffsetQuery.MaxTimestamp => Below(end, log.MaxTimestampOffset()) ?? OffsetAnswer.Nothing,
            // The other names are about tiered storage, of which there is none.
            < 0 => OffsetAnswer.Nothing,
            _ => Below(end, log.OffsetForTimestamp(query.Timestamp))
                ?? (isEndKnown ? OffsetAnswer.Nothing : OffsetAnswer.Failed(KafkaError.OffsetNotAvailable)),
        };
    }

    /// <summary>
    /// A new leader may have records that were committed before its election while its own high watermark is still behind them. Until the
    /// high watermark has reached the offset at which its leader epoch began, it cannot say where the committed records end. KIP-207.
    /// </summary>
    private static bool IsHighWatermarkKnown(PartitionSnapshot snapshot)
        => !snapshot.Leadership.IsLeader || snapshot.HighWatermark >= snapshot.Leadership.EpochStartOffset;

    private static OffsetAnswer At(long offset, LeaderEpoch epoch) => new(KafkaError.None, -1, offset, epoch);

    /// <summary>The record that was found, unless there is none or the reader may not see that far.</summary>
    private static OffsetAnswer? Below(long end, TimestampAndOffset? found)
        => found is { } record && record.Offset < end
            ? new OffsetAnswer(KafkaError.None, record.Timestamp, record.Offset, record.LeaderEpoch)
            : null;
}
