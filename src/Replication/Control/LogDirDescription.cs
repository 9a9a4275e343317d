using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>A log as DescribeLogDirs tells of it.</summary>
/// <param name="OffsetLag">
/// How many records the log lacks up to its partition's high watermark, and a copy up to the log's end; −1 where this broker has no role
/// in the partition.
/// </param>
/// <param name="IsFuture">Whether it is the copy of a log that moves to the dir.</param>
public readonly record struct LogDescription(TopicPartition Partition, long SizeBytes, long OffsetLag, bool IsFuture);

/// <summary>One log dir at one moment. KIP-113, KIP-827.</summary>
/// <param name="Space">Null for a dir that is offline or does not answer; it has no logs then.</param>
public sealed record LogDirDescription(string Path, DiskSpace? Space, IReadOnlyList<LogDescription> Logs)
{
    /// <summary>All of <c>log.dirs</c>. Called on the replicas' loop, which the dirs belong to.</summary>
    internal static IReadOnlyList<LogDirDescription> Of(LogDirs logDirs, HostedPartitions partitions) =>
    [
        .. logDirs.All.Select(dir => Of(dir, partitions)),
        .. logDirs.Unusable.Select(path => new LogDirDescription(path, null, [])),
    ];

    private static LogDirDescription Of(LogDir dir, HostedPartitions partitions)
    {
        if (dir.IsOffline)
            return new LogDirDescription(dir.Path, null, []);
        try
        {
            return new LogDirDescription(dir.Path, dir.Space(), [
                .. dir.Logs.Values.Select(log => Of(log, partitions)), .. dir.Futures.Values.Select(copy => OfFuture(copy, partitions)),
            ]);
        }
        catch (DiskError)
        {
            // Whoever reads or writes in the dir takes it offline; to look at its size is no reason for that.
            return new LogDirDescription(dir.Path, null, []);
        }
    }

    private static LogDescription Of(PartitionLog log, HostedPartitions partitions)
    {
        var snapshot = partitions.Find(log.Partition)?.Snapshot;
        var isHosted = ReferenceEquals(snapshot?.Leadership.Log, log.ReadOnly);
        return new LogDescription(
            log.Partition, log.SizeInBytes, isHosted ? Math.Max(snapshot!.HighWatermark - log.LogEndOffset, 0) : -1, false);
    }

    private static LogDescription OfFuture(PartitionLog copy, HostedPartitions partitions)
    {
        var log = partitions.Find(copy.Partition)?.Snapshot.Leadership.Log;
        return new LogDescription(copy.Partition, copy.SizeInBytes, log is null ? -1 : log.LogEndOffset - copy.LogEndOffset, true);
    }
}
