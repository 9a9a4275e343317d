using System.Text;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// One of <c>log.dirs</c>: its lock, its <c>meta.properties</c>, its checkpoints, its mark of a clean shutdown, and the logs inside.
/// Touched where its <see cref="LogDirs"/> is.
/// </summary>
public sealed class LogDir
{
    public const string LockFile = ".lock";
    /// <summary>There only while the broker is cleanly down.</summary>
    public const string CleanShutdownFile = ".kafka_cleanshutdown";
    /// <summary>Folders that Kafka keeps beside partitions.</summary>
    internal static readonly HashSet<string> KnownFolders
        = new(StringComparer.Ordinal) { "remote-log-index-cache", "__cluster_metadata-0", "lost+found" };

    private readonly LogDirsOptions options;
    private readonly IDisk disk;
    private readonly Dictionary<TopicPartition, PartitionLog> logs = [];
    private readonly OffsetCheckpointFile recoveryPoints, logStartOffsets, highWatermarks, cleanerOffsets;
    private readonly Dictionary<TopicPartition, long> checkpointedEnds = [];
    private Dictionary<TopicPartition, long> writtenCleanerOffsets = [];
    private IDiskLock? processLock;
    private bool wasCleanShutdown;
    private bool isLoaded;

    private LogDir(LogDirsOptions options, string path)
    {
        (this.options, disk, Path) = (options, options.Disk, path);
        recoveryPoints = Checkpoint(OffsetCheckpointFile.RecoveryPoint);
        logStartOffsets = Checkpoint(OffsetCheckpointFile.LogStartOffset);
        highWatermarks = Checkpoint(OffsetCheckpointFile.HighWatermark);
        cleanerOffsets = Checkpoint(OffsetCheckpointFile.Cleaner);
    }

    public string Path { get; }
    public bool IsOffline { get; private set; }
    public MetaProperties? MetaProperties { get; private set; }
    /// <summary>As it was opened: what shows that a broker has used it before, null when nothing does.</summary>
    public string? SignOfUse { get; private set; }
    public IReadOnlyDictionary<TopicPartition, PartitionLog> Logs => logs;
    /// <summary>How far the logs that had no folder here at the start reached by the checkpoints.</summary>
    internal IReadOnlyDictionary<TopicPartition, long> CheckpointedEnds => checkpointedEnds;

    /// <summary>Makes the folder when it is absent, and takes its lock for the broker's life.</summary>
    /// <exception cref="LogDirsUnusable">Another broker has it, or it is no ZooKeeper-mode broker's.</exception>
    internal static LogDir Open(LogDirsOptions options, string path)
    {
        var dir = new LogDir(options, path);
        options.Disk.CreateDirectory(path);
        dir.processLock = options.Disk.TryLock(dir.PathOf(LockFile))
            ?? throw new LogDirsUnusable($"log.dirs: {path} is in use by another broker");
        try
        {
            dir.MetaProperties = MetaProperties.Read(options.Disk, path);
            dir.SignOfUse = dir.FindSignOfUse();
            if (dir.MetaProperties is null)
                dir.FlushParents();
            return dir;
        }
        catch (Exception exception) when (exception is InvalidDataException or DiskError)
        {
            dir.processLock.Dispose();
            if (exception is DiskError)
                throw;
            throw new LogDirsUnusable(exception.Message);
        }
    }

    /// <summary>
    /// Throws when the file that is locked was deleted or replaced: a broker that is started on the dir then takes another lock, and would
    /// answer for the same offsets.
    /// </summary>
    /// <exception cref="DiskError">Of kind LockLost.</exception>
    internal void RequireLock()
    {
        if (processLock?.IsInPlace() == false)
            throw new DiskError(
                DiskErrorKind.LockLost, PathOf(LockFile), "keep the lock on",
                "the file was deleted or replaced while this broker ran, so another broker may use the folder; this one writes nothing "
                + "more there and stops. See that no other broker uses the folder, and start again");
    }

    private string? FindSignOfUse()
    {
        if (MetaProperties is not null)
            return PathOf(MetaProperties.FileName);
        var partition = disk.List(Path).FirstOrDefault(
            entry => entry.IsDirectory && !KnownFolders.Contains(entry.Name) && LogFileNames.TryParsePartition(entry.Name, out _));
        return partition.Name is null ? null : PathOf(partition.Name);
    }

    /// <summary>Writes down whose dir it is, unless that is written.</summary>
    internal void Claim(BrokerId brokerId, string clusterId)
    {
        var claimed = new MetaProperties(brokerId, clusterId);
        if (MetaProperties == claimed)
            return;
        claimed.Write(disk, Path);
        MetaProperties = claimed;
    }

    /// <summary>Opens all logs. The mark goes first, so that a crash from here on is known to be one.</summary>
    internal void Load(Func<string, LogConfig> configOf)
    {
        wasCleanShutdown = disk.FileExists(PathOf(CleanShutdownFile));
        disk.DeleteFile(PathOf(CleanShutdownFile));
        disk.FlushDirectory(Path);
        var (recovered, started, committed) = (recoveryPoints.Read(), logStartOffsets.Read(), highWatermarks.Read());
        writtenCleanerOffsets = cleanerOffsets.Read();
        foreach (var entry in disk.List(Path))
        {
            if (!entry.IsDirectory || KnownFolders.Contains(entry.Name) || options.OtherFolders.Contains(entry.Name))
                continue;
            if (LogFileNames.HasUniqueSuffix(entry.Name, LogFileNames.DeleteDirSuffix))
                options.DiskLoop.Defer(TimeSpan.FromMilliseconds(configOf("").FileDeleteDelayMs), () => RemoveFolder(entry.Name));
            else if (LogFileNames.HasUniqueSuffix(
                entry.Name, LogFileNames.FutureDirSuffix) || LogFileNames.HasUniqueSuffix(entry.Name, LogFileNames.StrayDirSuffix))
                options.Log.Warn("log", $"folder={PathOf(entry.Name)} is left alone");
            else if (LogFileNames.TryParsePartition(entry.Name, out var partition))
                logs[partition] = OpenLog(
                    partition, configOf(partition.Topic), recovered.GetValueOrDefault(partition), started.GetValueOrDefault(partition),
                    committed.GetValueOrDefault(partition), writtenCleanerOffsets.GetValueOrDefault(partition, -1));
            else
                throw new LogDirsUnusable($"log.dirs: {PathOf(entry.Name)} is not a partition's folder; only those may be in a log dir");
        }
        isLoaded = true;
        foreach (var (partition, offset) in recovered.Concat(committed))
        {
            if (!logs.ContainsKey(partition))
                checkpointedEnds[partition] = Math.Max(offset, checkpointedEnds.GetValueOrDefault(partition));
        }
        // A recovery point past a log's end would be believed again after the next crash, when the log has grown over it.
        if (recovered.Any(offset => !logs.TryGetValue(offset.Key, out var log) || log.RecoveryPoint < offset.Value))
            WriteRecoveryPoints();
    }

    internal PartitionLog Create(TopicPartition partition, LogConfig config)
    {
        // A legal name has no separator in it, so the folder is a child of this dir.
        Invariant.Holds(TopicName.IsValid(partition.Topic) && partition.Partition >= 0);
        // An offset that is left of a deleted log of the name would become this one's at the next start, and raise its start.
        checkpointedEnds.Remove(partition);
        recoveryPoints.Remove(partition);
        logStartOffsets.Remove(partition);
        highWatermarks.Remove(partition);
        if (writtenCleanerOffsets.Remove(partition))
            cleanerOffsets.Write(writtenCleanerOffsets);
        disk.CreateDirectory(PathOf(partition.ToString()));
        disk.FlushDirectory(Path);
        return logs[partition] = OpenLog(partition, config, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0, firstDirtyOffset: -1);
    }

    /// <summary>
    /// Renames the folder at once, so that the topic can be made again, and removes it after <c>file.delete.delay.ms</c>. As Kafka does, it
    /// leaves the high watermark's file to its next write.
    /// </summary>
    internal void Delete(TopicPartition partition)
    {
        if (!logs.Remove(partition, out var log))
            return;
        log.Abandon();
        var name = LogFileNames.OfDeletedPartition(partition, options.Random);
        disk.Rename(PathOf(partition.ToString()), PathOf(name));
        disk.FlushDirectory(Path);
        if (recoveryPoints.Names(partition))
            WriteRecoveryPoints();
        if (logStartOffsets.Names(partition))
            WriteLogStartOffsets();
        WriteCleanerOffsets();
        options.Log.Info("log", $"partition={partition} deleted folder={PathOf(name)}");
        options.DiskLoop.Defer(TimeSpan.FromMilliseconds(log.Config.FileDeleteDelayMs), () => RemoveFolder(name));
    }

    /// <summary>No log inside is used from here on; their files are given up.</summary>
    internal IReadOnlyList<TopicPartition> TakeOffline(DiskError? reason = null)
    {
        IsOffline = true;
        var lost = logs.Keys.ToList();
        foreach (var log in logs.Values)
            log.Abandon(reason);
        logs.Clear();
        return lost;
    }

    /// <summary>Of the file system that the dir is on.</summary>
    public DiskSpace Space() => disk.SpaceOf(Path);

    internal Dictionary<TopicPartition, long> ReadHighWatermarks() => highWatermarks.Read();

    internal void WriteHighWatermarks(IReadOnlyDictionary<TopicPartition, long> offsets)
        => highWatermarks.Write([.. offsets.Where(offset => logs.ContainsKey(offset.Key))]);

    /// <summary>Also where compaction goes on, when a truncation has lowered that.</summary>
    internal void WriteRecoveryPoints()
    {
        recoveryPoints.Write([.. logs.Select(log => KeyValuePair.Create(log.Key, log.Value.RecoveryPoint))]);
        WriteCleanerOffsets();
    }

    /// <summary>When they have changed. A log that is not compacted any more keeps its offset, for the day that it is again.</summary>
    internal void WriteCleanerOffsets()
    {
        var offsets = logs.Where(log => log.Value.ReadOnly.FirstDirtyOffset >= 0).ToDictionary(
            log => log.Key, log => log.Value.ReadOnly.FirstDirtyOffset);
        if (offsets.Count == writtenCleanerOffsets.Count && !offsets.Except(writtenCleanerOffsets).Any())
            return;
        cleanerOffsets.Write(offsets);
        writtenCleanerOffsets = offsets;
    }

    /// <summary>Only those that the names of the segment files do not tell already.</summary>
    internal void WriteLogStartOffsets() => logStartOffsets.Write([.. logs
        .Where(log => log.Value.LogStartOffset > log.Value.Segments[0].BaseOffset)
        .Select(log => KeyValuePair.Create(log.Key, log.Value.LogStartOffset))]);

    /// <summary>Closes all logs; only when all that succeeded the dir is marked as cleanly shut down.</summary>
    internal void Close()
    {
        if (!IsOffline && isLoaded)
        {
            RequireLock();
            CloseLogs();
            WriteRecoveryPoints();
            WriteLogStartOffsets();
            disk.ReplaceAtomically(PathOf(CleanShutdownFile), Encoding.UTF8.GetBytes("""{"version":0,"brokerEpoch":-1}"""));
        }
        Unlock();
    }

    /// <summary>One that cannot be closed properly keeps none of the others from it.</summary>
    private void CloseLogs()
    {
        DiskError? failure = null;
        foreach (var log in logs.Values)
        {
            try
            {
                log.Close();
            }
            catch (DiskError error)
            {
                failure ??= error;
            }
        }
        if (failure is not null)
            throw failure;
    }

    internal void Unlock()
    {
        processLock?.Dispose();
        processLock = null;
    }

    /// <summary>
    /// Makes the dir's own name durable, and those of the folders above it that were made with it; otherwise a power loss takes the dir
    /// away with all that is durable inside. Done before the dir is claimed, so for a dir that has been claimed it is done.
    /// </summary>
    private void FlushParents()
    {
        for (var parent = System.IO.Path.GetDirectoryName(Path); parent is not null; parent = System.IO.Path.GetDirectoryName(parent))
        {
            try
            {
                disk.FlushDirectory(parent);
            }
            catch (DiskError error) when (error.Kind == DiskErrorKind.AccessDenied)
            {
                // A folder that this user may not read was there before.
            }
        }
    }

    private PartitionLog OpenLog(
        TopicPartition partition, LogConfig config, long recoveryPoint, long logStartOffset, long highWatermark, long firstDirtyOffset)
    {
        try
        {
            return PartitionLog.Open(new LogOpenOptions
            {
                Partition = partition,
                Directory = PathOf(partition.ToString()),
                Disk = disk,
                Time = options.Time,
                Random = options.Random,
                Log = options.Log,
                Config = config,
                IsCleanShutdown = wasCleanShutdown,
                RecoveryPoint = recoveryPoint,
                LogStartOffset = logStartOffset,
                HighWatermark = highWatermark,
                FirstDirtyOffset = firstDirtyOffset,
                ProducerIdExpirationMs = options.ProducerIdExpirationMs,
                VerifiesTransactions = options.VerifiesTransactions,
                Producers = options.Producers,
                DiskLoop = options.DiskLoop,
                OnDiskError = error => options.OnDiskError?.Invoke(error),
            });
        }
        catch (InvalidDataException exception)
        {
            throw new LogDirsUnusable(exception.Message);
        }
    }

    private void RemoveFolder(string name)
    {
        try
        {
            disk.DeleteDirectory(PathOf(name));
        }
        catch (DiskError error)
        {
            options.OnDiskError?.Invoke(error);
        }
    }

    private OffsetCheckpointFile Checkpoint(string name) => new(disk, PathOf(name), options.Log);

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
