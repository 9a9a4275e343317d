using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// The files of a log dir that say where its logs are durable, where they begin, what of them is committed, and where their compaction goes
/// on. A dir has one row of a partition, be it of its log or of a copy that grows there: it never has both. Touched where its
/// <see cref="LogDir"/> is.
/// </summary>
internal sealed class LogDirCheckpoints(IDisk disk, string directory, ILog log)
{
    private readonly OffsetCheckpointFile recoveryPoints = Open(OffsetCheckpointFile.RecoveryPoint, disk, directory, log);
    private readonly OffsetCheckpointFile logStartOffsets = Open(OffsetCheckpointFile.LogStartOffset, disk, directory, log);
    private readonly OffsetCheckpointFile highWatermarks = Open(OffsetCheckpointFile.HighWatermark, disk, directory, log);
    private readonly OffsetCheckpointFile cleanerOffsets = Open(OffsetCheckpointFile.Cleaner, disk, directory, log);
    private Dictionary<TopicPartition, long> writtenCleanerOffsets = [];

    /// <summary>As the last start of a broker left them.</summary>
    public CheckpointedOffsets Read()
    {
        writtenCleanerOffsets = cleanerOffsets.Read();
        return new CheckpointedOffsets(recoveryPoints.Read(), logStartOffsets.Read(), highWatermarks.Read(), writtenCleanerOffsets);
    }

    public Dictionary<TopicPartition, long> ReadHighWatermarks() => highWatermarks.Read();

    public void WriteHighWatermarks(IEnumerable<KeyValuePair<TopicPartition, long>> offsets) => highWatermarks.Write([.. offsets]);

    /// <summary>Also where compaction goes on, when a truncation has lowered that.</summary>
    public void WriteRecoveryPoints(IReadOnlyCollection<PartitionLog> logs)
    {
        recoveryPoints.Write([.. logs.Select(log => KeyValuePair.Create(log.Partition, log.RecoveryPoint))]);
        WriteCleanerOffsets(logs);
    }

    /// <summary>When they have changed. A log that is not compacted any more keeps its offset, for the day that it is again.</summary>
    public void WriteCleanerOffsets(IReadOnlyCollection<PartitionLog> logs)
    {
        var offsets = logs.Where(log => log.ReadOnly.FirstDirtyOffset >= 0).ToDictionary(
            log => log.Partition, log => log.ReadOnly.FirstDirtyOffset);
        if (offsets.Count == writtenCleanerOffsets.Count && !offsets.Except(writtenCleanerOffsets).Any())
            return;
        cleanerOffsets.Write(offsets);
        writtenCleanerOffsets = offsets;
    }

    /// <summary>Only those that the names of the segment files do not tell already.</summary>
    public void WriteLogStartOffsets(IReadOnlyCollection<PartitionLog> logs) => logStartOffsets.Write([.. logs
        .Where(log => log.LogStartOffset > log.Segments[0].BaseOffset)
        .Select(log => KeyValuePair.Create(log.Partition, log.LogStartOffset))]);

    /// <summary>
    /// Before a log of the name is made: an offset that is left of another would become this one's at the next start, and raise its start.
    /// </summary>
    public void Forget(TopicPartition partition)
    {
        recoveryPoints.Remove(partition);
        logStartOffsets.Remove(partition);
        highWatermarks.Remove(partition);
        if (writtenCleanerOffsets.Remove(partition))
            cleanerOffsets.Write(writtenCleanerOffsets);
    }

    /// <summary>
    /// Behind the removal of a partition's log from the dir; those are left. As Kafka does, it leaves the high watermark's file to its next
    /// write.
    /// </summary>
    public void Removed(TopicPartition partition, IReadOnlyCollection<PartitionLog> left)
    {
        if (recoveryPoints.Names(partition))
            WriteRecoveryPoints(left);
        if (logStartOffsets.Names(partition))
            WriteLogStartOffsets(left);
        WriteCleanerOffsets(left);
    }

    private static OffsetCheckpointFile Open(string name, IDisk disk, string directory, ILog log)
        => new(disk, Path.Combine(directory, name), log);
}

/// <summary>What the checkpoints of a log dir said at the start.</summary>
/// <param name="CleanerOffsets">Where compaction goes on; none of a log that has never been compacted.</param>
internal sealed record CheckpointedOffsets(
    IReadOnlyDictionary<TopicPartition, long> RecoveryPoints,
    IReadOnlyDictionary<TopicPartition, long> LogStartOffsets,
    IReadOnlyDictionary<TopicPartition, long> HighWatermarks,
    IReadOnlyDictionary<TopicPartition, long> CleanerOffsets);
