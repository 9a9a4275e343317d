using System.Text;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// One of <c>log.dirs</c>: its lock, its <c>meta.properties</c>, its checkpoints, its mark of a clean shutdown, and the logs inside.
/// Touched where its <see cref="LogDirs"/> is.
/// </summary>
public sealed class LogDir
{
    public const string LockFile = LogDirOwner.LockFile;
    /// <summary>There only while the broker is cleanly down.</summary>
    public const string CleanShutdownFile = ".kafka_cleanshutdown";

    private readonly LogDirsOptions options;
    private readonly IDisk disk;
    private readonly LogDirOwner owner;
    private readonly Dictionary<TopicPartition, PartitionLog> logs = [];
    private readonly Dictionary<TopicPartition, PartitionLog> futures = [];
    private readonly LogDirCheckpoints checkpoints;
    private readonly LogFlusher? flusher;
    private readonly Dictionary<TopicPartition, long> checkpointedEnds = [];
    /// <summary>Logs that copies in other dirs have taken the place of, until their folders go.</summary>
    private readonly List<PartitionLog> replaced = [];
    private readonly HashSet<TopicPartition> leftAlone = [];
    /// <summary>Until the logs are loaded.</summary>
    private CheckpointedOffsets? checkpointedAtStart;
    private bool wasCleanShutdown;
    private bool isLoaded;

    private LogDir(LogDirsOptions options, LogDirOwner owner)
    {
        (this.options, this.owner, disk) = (options, owner, options.Disk);
        checkpoints = new LogDirCheckpoints(disk, Path, options.Log);
        Folders = new LogDirFolders(options, Path);
        flusher = options.FlushLoops is { } loops ? new LogFlusher(loops, "flush") : null;
    }

    public string Path => owner.Path;
    public bool IsOffline { get; private set; }
    public MetaProperties? MetaProperties => owner.MetaProperties;
    /// <summary>As it was opened: what shows that a broker has used it before, null when nothing does.</summary>
    public string? SignOfUse => owner.SignOfUse;
    public IReadOnlyDictionary<TopicPartition, PartitionLog> Logs => logs;
    /// <summary>Copies of logs in other dirs, which are to take their place. Never of a partition whose log is here. KIP-113.</summary>
    public IReadOnlyDictionary<TopicPartition, PartitionLog> Futures => futures;
    internal LogDirFolders Folders { get; }
    /// <summary>How far the logs that had no folder here at the start reached by the checkpoints.</summary>
    internal IReadOnlyDictionary<TopicPartition, long> CheckpointedEnds => checkpointedEnds;

    /// <inheritdoc cref="LogDirOwner.Open"/>
    internal static LogDir Open(LogDirsOptions options, string path) => new(options, LogDirOwner.Open(options.Disk, path));

    /// <inheritdoc cref="LogDirOwner.RequireLock"/>
    internal void RequireLock() => owner.RequireLock();

    /// <inheritdoc cref="LogDirOwner.Claim"/>
    internal void Claim(BrokerId brokerId, string clusterId) => owner.Claim(brokerId, clusterId);

    /// <summary>
    /// Finds the logs, which the result then opens. The mark goes first, so that a crash from here on is known to be one.
    /// </summary>
    internal LogLoading BeginLoad(Func<string, LogConfig> configOf)
    {
        wasCleanShutdown = disk.FileExists(PathOf(CleanShutdownFile));
        disk.DeleteFile(PathOf(CleanShutdownFile));
        disk.FlushDirectory(Path);
        checkpointedAtStart = checkpoints.Read();
        var found = new List<FoundLog>();
        foreach (var entry in disk.List(Path))
        {
            if (entry.IsDirectory && !LogDirFolders.Known.Contains(entry.Name) && !options.OtherFolders.Contains(entry.Name))
                Find(entry.Name, configOf, found);
        }
        return new LogLoading(found, OpenLog, new LoadingProgress(options.Log, options.Time, Path, found.Count));
    }

    /// <summary>Takes the logs that could be opened.</summary>
    internal void TakeOpened(LogLoading loading)
    {
        foreach (var (found, log) in loading.Opened)
            (found.IsFuture ? futures : logs)[log.Partition] = log;
    }

    /// <summary>Throws why a log could not be opened; else the dir is ready for use.</summary>
    internal void EndLoad(LogLoading loading)
    {
        loading.RequireSuccess();
        isLoaded = true;
        options.Log.Info("log", $"logDir={Path} logs={logs.Count} opened {(wasCleanShutdown ? "after a clean stop" : "and recovered")} "
            + $"ms={(long)loading.Elapsed.TotalMilliseconds}");
        var checkpointed = checkpointedAtStart!;
        checkpointedAtStart = null;
        foreach (var (partition, offset) in checkpointed.RecoveryPoints.Concat(checkpointed.HighWatermarks))
        {
            if (!logs.ContainsKey(partition) && !futures.ContainsKey(partition))
                checkpointedEnds[partition] = Math.Max(offset, checkpointedEnds.GetValueOrDefault(partition));
        }
        // A recovery point past a log's end would be believed again after the next crash, when the log has grown over it.
        if (checkpointed.RecoveryPoints.Any(offset => !(Find(offset.Key)?.RecoveryPoint >= offset.Value)))
            WriteRecoveryPoints();
    }

    private void Find(string folder, Func<string, LogConfig> configOf, List<FoundLog> found)
    {
        if (LogFileNames.HasUniqueSuffix(folder, LogFileNames.DeleteDirSuffix))
            Folders.RemoveLater(folder, configOf(""));
        else if (LogFileNames.TryParseFuturePartition(folder, out var copied))
        {
            // The names are sorted, so that a log is found before its copies.
            if (found.Exists(log => log.Partition == copied))
                Folders.PutAside(copied, folder, configOf(copied.Topic));
            else
                found.Add(new FoundLog(copied, folder, configOf(copied.Topic), IsFuture: true));
        }
        else if (LogFileNames.HasUniqueSuffix(folder, LogFileNames.StrayDirSuffix))
            options.Log.Warn("log", $"folder={PathOf(folder)} is left alone");
        else if (LogFileNames.TryParsePartition(folder, out var partition) && leftAlone.Contains(partition))
            options.Log.Warn("log", $"folder={PathOf(folder)} is left alone: another log dir, which is offline, may have replaced it");
        else if (LogFileNames.TryParsePartition(folder, out partition))
            found.Add(new FoundLog(partition, folder, configOf(partition.Topic)));
        else
            throw new LogDirsUnusable($"log.dirs: {PathOf(folder)} is not a partition's folder; only those may be in a log dir");
    }

    /// <summary>The copy may have come in the folder's place, in a dir that is away: nobody uses the folder until that is known.</summary>
    internal void LeaveAlone(TopicPartition partition) => leftAlone.Add(partition);

    internal PartitionLog Create(TopicPartition partition, LogConfig config)
    {
        // A legal name has no separator in it, so the folder is a child of this dir.
        Invariant.Holds(TopicName.IsValid(partition.Topic) && partition.Partition >= 0);
        if (leftAlone.Remove(partition))
            Folders.PutAside(partition, partition.ToString(), config);
        return logs[partition] = Create(partition, partition.ToString(), config);
    }

    /// <summary>Makes an empty copy of a log in another dir, in a folder of that name.</summary>
    internal PartitionLog CreateFuture(TopicPartition partition, string folder, LogConfig config)
    {
        Invariant.Holds(Find(partition) is null);
        return futures[partition] = Create(partition, folder, config);
    }

    private PartitionLog Create(TopicPartition partition, string folder, LogConfig config)
    {
        checkpointedEnds.Remove(partition);
        checkpoints.Forget(partition);
        disk.CreateDirectory(PathOf(folder));
        disk.FlushDirectory(Path);
        return OpenLog(new FoundLog(partition, folder, config), progress: null);
    }

    /// <summary>
    /// Renames the folder of the log or the copy that is here at once, so that the topic can be made again, and removes it after
    /// <c>file.delete.delay.ms</c>.
    /// </summary>
    internal void Delete(TopicPartition partition)
    {
        if (Find(partition) is not { } log)
            return;
        Remove(partition);
        log.Abandon();
        Folders.PutAside(partition, System.IO.Path.GetFileName(log.Directory), log.Config);
        checkpoints.Removed(partition, AllLogs);
    }

    /// <summary>The copy has the partition's name and is its log.</summary>
    internal void BecomeLog(TopicPartition partition)
    {
        if (futures.Remove(partition, out var log))
            logs[partition] = log;
    }

    /// <summary>
    /// A copy in another dir is the partition's log; the folder of the one that was here has its name of a deleted one, and goes as such.
    /// Until then readers may have its files.
    /// </summary>
    internal void GiveUp(TopicPartition partition)
    {
        if (!logs.Remove(partition, out var log))
            return;
        replaced.RemoveAll(static before => before.IsClosed);
        replaced.Add(log);
        options.DiskLoop.Defer(TimeSpan.FromMilliseconds(log.Config.FileDeleteDelayMs), () =>
        {
            log.Abandon();
            Folders.Remove(System.IO.Path.GetFileName(log.Directory));
        });
        checkpoints.Removed(partition, AllLogs);
    }

    /// <summary>No log inside is used from here on; their files are given up.</summary>
    internal IReadOnlyList<TopicPartition> TakeOffline(DiskError? reason = null)
    {
        IsOffline = true;
        var lost = logs.Keys.ToList();
        foreach (var log in AllLogs.Concat(replaced))
            log.Abandon(reason);
        logs.Clear();
        futures.Clear();
        replaced.Clear();
        return lost;
    }

    /// <summary>Of the file system that the dir is on.</summary>
    public DiskSpace Space() => disk.SpaceOf(Path);

    internal Dictionary<TopicPartition, long> ReadHighWatermarks() => checkpoints.ReadHighWatermarks();

    internal void WriteHighWatermarks(IReadOnlyDictionary<TopicPartition, long> offsets)
        => checkpoints.WriteHighWatermarks(offsets.Where(offset => Find(offset.Key) is not null));

    /// <inheritdoc cref="LogDirCheckpoints.WriteRecoveryPoints"/>
    internal void WriteRecoveryPoints() => checkpoints.WriteRecoveryPoints(AllLogs);

    /// <inheritdoc cref="LogDirCheckpoints.WriteCleanerOffsets"/>
    internal void WriteCleanerOffsets() => checkpoints.WriteCleanerOffsets(AllLogs);

    /// <inheritdoc cref="LogDirCheckpoints.WriteLogStartOffsets"/>
    internal void WriteLogStartOffsets() => checkpoints.WriteLogStartOffsets(AllLogs);

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
        foreach (var log in replaced)
            log.Abandon();
        foreach (var log in AllLogs)
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

    internal void Unlock() => owner.Unlock();

    private IReadOnlyCollection<PartitionLog> AllLogs => [.. logs.Values, .. futures.Values];

    private PartitionLog? Find(TopicPartition partition) => logs.GetValueOrDefault(partition) ?? futures.GetValueOrDefault(partition);

    private void Remove(TopicPartition partition)
    {
        if (!logs.Remove(partition))
            futures.Remove(partition);
    }

    /// <summary>While the dir is being loaded, on any thread.</summary>
    private PartitionLog OpenLog(FoundLog found, LoadingProgress? progress)
    {
        try
        {
            return PartitionLog.Open(new LogOpenOptions
            {
                Partition = found.Partition,
                Directory = PathOf(found.Folder),
                Disk = disk,
                Time = options.Time,
                Random = options.Random,
                Log = options.Log,
                Config = found.Config,
                IsCleanShutdown = wasCleanShutdown,
                RecoveryPoint = checkpointedAtStart?.RecoveryPoints.GetValueOrDefault(found.Partition) ?? 0,
                LogStartOffset = checkpointedAtStart?.LogStartOffsets.GetValueOrDefault(found.Partition) ?? 0,
                // That of a copy is its log's, which the copy may end before.
                HighWatermark = found.IsFuture ? 0 : checkpointedAtStart?.HighWatermarks.GetValueOrDefault(found.Partition) ?? 0,
                FirstDirtyOffset = checkpointedAtStart?.CleanerOffsets.GetValueOrDefault(found.Partition, -1) ?? -1,
                Progress = progress,
                ProducerIdExpirationMs = options.ProducerIdExpirationMs,
                VerifiesTransactions = options.VerifiesTransactions,
                Producers = options.Producers,
                DiskLoop = options.DiskLoop,
                Flusher = flusher,
                OnDiskError = error => options.OnDiskError?.Invoke(error),
            });
        }
        catch (InvalidDataException exception)
        {
            throw new LogDirsUnusable(exception.Message);
        }
    }

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
