using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>Finds offsets by time, by place and by leader epoch, in one snapshot of a partition.</summary>
internal static class PartitionLookup
{
    /// <summary>Times are looked up in segments: then on the partition's loop only.</summary>
    public static OffsetAnswer Find(PartitionSnapshot snapshot, in OffsetQuery query)
    {
        if (snapshot.CheckReadable(query.KnownLeaderEpoch, query.LeaderOnly) is var refused and not KafkaError.None)
            return OffsetAnswer.Failed(refused);
        var log = snapshot.Leadership.Log!;
        // Where committed records end is not known among open and aborted transactions; only the log's start does not depend on it.
        if (query.Isolation == ReadIsolation.ReadCommitted && query.DependsOnEnd && log.HoldsUncommittedTransactions)
            return OffsetAnswer.Failed(KafkaError.UnsupportedForMessageFormat);
        var end = snapshot.EndFor(query.Isolation);
        // A leader that was elected with records it has not yet found to be committed cannot say where its committed records end.
        var isEndKnown = query.Isolation == ReadIsolation.LogEnd
            || !snapshot.Leadership.IsLeader || snapshot.HighWatermark >= snapshot.Leadership.EpochStartOffset;
        return query.Timestamp switch
        {
            OffsetQuery.Latest => isEndKnown
                ? At(end, snapshot.Leadership.LeaderEpoch)
                : OffsetAnswer.Failed(KafkaError.OffsetNotAvailable),
            OffsetQuery.Earliest or OffsetQuery.EarliestLocal => At(
                snapshot.LogStartOffset, log.LeaderEpochs.EpochOf(snapshot.LogStartOffset)),
            OffsetQuery.MaxTimestamp => Found(log.MaxTimestampOffset(), end) ?? OffsetAnswer.Nothing,
            // Tiered storage is what the other names are about, and there is none.
            < 0 => OffsetAnswer.Nothing,
            _ => Found(log.OffsetForTimestamp(query.Timestamp), end)
                ?? (isEndKnown ? OffsetAnswer.Nothing : OffsetAnswer.Failed(KafkaError.OffsetNotAvailable)),
        };

        static OffsetAnswer At(long offset, LeaderEpoch epoch) => new(KafkaError.None, -1, offset, epoch);
    }

    public static OldStyleOffsets FindOldStyle(PartitionSnapshot snapshot, in OffsetQuery query, int countMax, long nowMs)
    {
        if (snapshot.CheckReadable(query.KnownLeaderEpoch, query.LeaderOnly) is var refused and not KafkaError.None)
            return new OldStyleOffsets(refused, []);
        var offsets = new List<long>();
        AddBefore(query.Timestamp, snapshot, nowMs, offsets);
        Cap(offsets, snapshot.EndFor(query.Isolation));
        if (offsets.Count > countMax)
            offsets.RemoveRange(Math.Max(0, countMax), offsets.Count - Math.Max(0, countMax));
        return new OldStyleOffsets(KafkaError.None, offsets);
    }

    public static KafkaError FindEndOf(PartitionSnapshot snapshot, LeaderEpoch epoch, LeaderEpoch known, out EpochEndOffset end)
    {
        end = EpochEndOffset.Undefined;
        if (snapshot.CheckReadable(known, leaderOnly: true) is var refused and not KafkaError.None)
            return refused;
        end = snapshot.Leadership.Log!.LeaderEpochs.EndOffsetFor(epoch, snapshot.LogEndOffset);
        return KafkaError.None;
    }

    private static OffsetAnswer? Found(TimestampAndOffset? found, long end)
        => found is { } place
            && place.Offset < end ? new OffsetAnswer(KafkaError.None, place.Timestamp, place.Offset, place.LeaderEpoch) : null;

    /// <summary>
    /// Newest first: the end, unless the last segment is empty, and the segments' first offsets, from the last that was written to at the
    /// time or before.
    /// </summary>
    private static void AddBefore(long timestamp, PartitionSnapshot snapshot, long nowMs, List<long> offsets)
    {
        var segments = snapshot.Leadership.Log!.Segments;
        var isOnlyFirst = timestamp == OffsetQuery.Earliest;
        var isFound = timestamp == OffsetQuery.Latest;
        if (segments[^1].SizeInBytes > 0 && !isOnlyFirst && (isFound || nowMs <= timestamp))
        {
            isFound = true;
            offsets.Add(snapshot.LogEndOffset);
        }
        for (var index = segments.Count - 1; index >= 0; index--)
        {
            isFound |= isOnlyFirst ? index == 0 : segments[index].LastModifiedMs <= timestamp;
            if (isFound)
                offsets.Add(Math.Max(segments[index].BaseOffset, snapshot.LogStartOffset));
        }
    }

    /// <summary>A consumer is not told of offsets it may not read: the end takes the place of those beyond it.</summary>
    private static void Cap(List<long> offsets, long end)
    {
        if (!offsets.Exists(offset => offset > end))
            return;
        offsets.RemoveAll(offset => offset >= end);
        offsets.Insert(0, end);
    }
}
