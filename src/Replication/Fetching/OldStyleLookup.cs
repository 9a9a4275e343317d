using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>
/// Answers ListOffsets version 0, from clients of before KIP-79: instead of one offset they get the first offsets of segments, and choose
/// where to begin.
/// </summary>
public static class OldStyleLookup
{
    /// <summary>
    /// First offsets of segments that were last written to at the time or before, and the log's end when the time is not before now; newest
    /// first, and at most so many. Runs on the partition's loop, as it looks at the files' times. When the disk fails, the partition goes
    /// offline.
    /// </summary>
    public static Task<OldStyleOffsets> FindOldStyleOffsets(this Partition partition, OffsetQuery query, int countMax)
        => partition.Loop.Ask(() => Guarded(partition, query, countMax));

    private static OldStyleOffsets Guarded(Partition partition, in OffsetQuery query, int countMax)
    {
        var snapshot = partition.Snapshot;
        try
        {
            return Find(snapshot, query, countMax, partition.Now.ToUnixTimeMilliseconds());
        }
        catch (DiskError error)
        {
            partition.ReadFailed(snapshot.Leadership.Log!, error);
            return new OldStyleOffsets(KafkaError.KafkaStorageError, []);
        }
    }

    private static OldStyleOffsets Find(PartitionSnapshot snapshot, in OffsetQuery query, int countMax, long nowMs)
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

    /// <summary>
    /// Adds the log's end, unless the last segment is empty, and then the first offset of each segment from the newest that the time allows
    /// down to the oldest. <see cref="OffsetQuery.Earliest"/> allows the oldest alone, <see cref="OffsetQuery.Latest"/> all.
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
