using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>A log as DescribeLogDirs tells of it.</summary>
/// <param name="OffsetLag">
/// How many records the log lacks up to its partition's high watermark; −1 for a log whose partition this broker has no role in.
/// </param>
public readonly record struct LogDescription(TopicPartition Partition, long SizeBytes, long OffsetLag);

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
            return new LogDirDescription(dir.Path, dir.Space(), [.. dir.Logs.Values.Select(log => Of(log, partitions))]);
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
            log.Partition, log.SizeInBytes, isHosted ? Math.Max(snapshot!.HighWatermark - log.LogEndOffset, 0) : -1);
    }
}
