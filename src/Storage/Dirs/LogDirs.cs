using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>A log dir that went offline, with the partitions that went with it.</summary>
public sealed record LostLogDir(string Path, IReadOnlyList<TopicPartition> Partitions);

/// <summary>
/// All of <c>log.dirs</c> and the logs in them. Starts in three steps, because the cluster's id is known only after the dirs are ours:
/// <see cref="Open"/> locks and reads, <see cref="Claim"/> writes whose they are, <see cref="Load"/> opens the logs. From then on touched
/// only by one loop, that of the replicas. A dir in which the disk fails goes offline alone.
/// </summary>
public sealed class LogDirs
{
    private readonly LogDirsOptions options;
    private readonly List<LogDir> dirs = [];
    private readonly List<string> unusable = [];

    private LogDirs(LogDirsOptions options)
    {
        this.options = options;
        Futures = new FutureLogs(dirs, unusable, options);
    }

    public IReadOnlyList<LogDir> All => dirs;
    /// <summary>Where names of folders come from.</summary>
    public Random Random => options.Random;
    /// <summary>The paths of dirs that could not be used at the start and are none of <see cref="All"/>.</summary>
    public IReadOnlyList<string> Unusable => unusable;
    public IReadOnlyList<LogDir> Online => [.. dirs.Where(dir => !dir.IsOffline)];
    /// <summary>Whether a dir is offline now or was so at the start: a partition that is not found may be there.</summary>
    public bool HasOffline => unusable.Count > 0 || dirs.Exists(dir => dir.IsOffline);
    /// <summary>What the dirs were claimed with; null before the first start.</summary>
    public BrokerId? BrokerId => dirs.Select(dir => dir.MetaProperties?.BrokerId).FirstOrDefault(id => id is not null);
    public string? ClusterId => dirs.Select(dir => dir.MetaProperties?.ClusterId).FirstOrDefault(id => id is not null);
    /// <summary>A file or folder that shows that a broker has used the dirs before; null before the first start.</summary>
    public string? SignOfUse => dirs.Select(dir => dir.SignOfUse).FirstOrDefault(sign => sign is not null);
    /// <summary>Copies of logs that grow in other dirs.</summary>
    public FutureLogs Futures { get; }
    public IEnumerable<PartitionLog> Logs => dirs.SelectMany(dir => dir.Logs.Values);

    /// <summary>
    /// Locks all dirs, making those that are absent. One that cannot be used by the disk's fault is left out as offline, unless it is the
    /// only one.
    /// </summary>
    /// <exception cref="LogDirsUnusable">Locked by another broker, not ours, or none is usable.</exception>
    public static LogDirs Open(LogDirsOptions options)
    {
        var opened = new LogDirs(options);
        try
        {
            var unusable = new List<(string Path, DiskError Error)>();
            foreach (var path in options.Paths.Select(FullPath).Distinct(StringComparer.Ordinal))
            {
                try
                {
                    opened.dirs.Add(LogDir.Open(options, path));
                }
                catch (DiskError error)
                {
                    unusable.Add((path, error));
                }
            }
            if (opened.dirs.Count == 0)
            {
                var reason = unusable.Count > 0 ? unusable[^1].Error.Message : "none is named";
                throw new LogDirsUnusable($"log.dirs: none of {string.Join(", ", options.Paths)} can be used: {reason}");
            }
            foreach (var (path, error) in unusable)
                options.Log.Error("log", $"logDir={path} cannot be used: {error.Message}");
            opened.unusable.AddRange(unusable.Select(dir => dir.Path));
            opened.RequireOneOwner();
            return opened;
        }
        catch (LogDirsUnusable)
        {
            opened.Abandon();
            throw;
        }
    }

    /// <summary>Throws when the dirs hold the data of another cluster than the one given; null is one that has no id yet.</summary>
    /// <exception cref="LogDirsUnusable">They do.</exception>
    public void RequireCluster(string? clusterId)
    {
        if (ClusterId is not { } mine || mine == clusterId)
            return;
        throw new LogDirsUnusable(
            $"log.dirs: {DirOfOwner(owner => owner.ClusterId is not null)} belongs to cluster {mine} by its {MetaProperties.FileName}, but "
            + (clusterId is null ? "no cluster has been made in this ensemble" : $"this one is {clusterId}")
            + "; is zookeeper.connect right?");
    }

    /// <summary>Throws when the dirs are another broker's.</summary>
    /// <exception cref="LogDirsUnusable">They are.</exception>
    public void RequireBroker(BrokerId brokerId)
    {
        if (BrokerId is { } otherBroker && otherBroker != brokerId)
            throw new LogDirsUnusable($"broker.id is {brokerId}, but {MetaProperties.FileName} in "
                + $"{DirOfOwner(owner => owner.BrokerId is not null)} says {otherBroker}; correct the one or the other");
    }

    /// <summary>Ties the dirs to the broker and its cluster.</summary>
    /// <exception cref="LogDirsUnusable">They are another's.</exception>
    public void Claim(BrokerId brokerId, string clusterId)
    {
        RequireBroker(brokerId);
        RequireCluster(clusterId);
        foreach (var dir in Online)
            dir.Claim(brokerId, clusterId);
    }

    /// <summary>
    /// Opens all logs, recovering those of dirs that were not cleanly shut down: all dirs at once, each on so many loops of its own.
    /// </summary>
    /// <exception cref="LogDirsUnusable">A folder is not a partition's, or a partition is there twice.</exception>
    public async Task LoadOn(ILoops loops, int loopsPerDir, Func<string, LogConfig> configOf)
    {
        var begun = BeginLoad(configOf);
        await begun.Select((each, number) => each.Loading.Run(loops, $"log-recovery-{number}", loopsPerDir)).InOrder();
        EndLoad(begun);
    }

    /// <summary>Opens all logs as <see cref="LoadOn"/>, but where it is called, one after another.</summary>
    /// <exception cref="LogDirsUnusable">As there.</exception>
    public void Load(Func<string, LogConfig> configOf)
    {
        var begun = BeginLoad(configOf);
        foreach (var (_, loading) in begun)
            loading.Run();
        EndLoad(begun);
    }

    /// <summary>
    /// <paramref name="onDiskError"/> is told from now on, on any loop, of a disk error in work that no caller waits for; it brings the
    /// error to the loop that owns the dirs and calls <see cref="TakeOffline"/>.
    /// </summary>
    public void ReportTo(Action<DiskError> onDiskError) => options.OnDiskError = onDiskError;

    public PartitionLog? Find(TopicPartition partition)
    {
        foreach (var dir in dirs)
        {
            if (dir.Logs.TryGetValue(partition, out var log))
                return log;
        }
        return null;
    }

    /// <summary>
    /// How far the partition's log reached by the checkpoints of the dirs, none of which had a folder of it at the start; null when they
    /// say nothing.
    /// </summary>
    public long? CheckpointedEndOf(TopicPartition partition)
    {
        long? end = null;
        foreach (var dir in dirs)
        {
            if (dir.CheckpointedEnds.TryGetValue(partition, out var offset) && !(offset <= end))
                end = offset;
        }
        return end;
    }

    /// <summary>
    /// Makes an empty log in the dir that was wanted for it, or else in the online dir with the fewest partitions; no offset that was
    /// checkpointed for a deleted log of the name is its own. The topic's name must be legal.
    /// </summary>
    public PartitionLog Create(TopicPartition partition, LogConfig config)
    {
        Invariant.Holds(Find(partition) is null);
        // What is left of a copy is none of an empty log.
        Futures.Delete(partition);
        var wanted = Futures.TakeWish(partition);
        var suitable = wanted is null ? Online : Online.Where(dir => dir.Path == wanted);
        return suitable.MinBy(dir => dir.Logs.Count + dir.Futures.Count) is { } dir
            ? dir.Create(partition, config)
            : throw new DiskError(DiskErrorKind.Other, wanted ?? dirs[^1].Path, "make a log in", "the log dir is not online");
    }

    /// <summary>Deletes a log, wherever it is.</summary>
    public void Delete(TopicPartition partition)
    {
        foreach (var dir in dirs)
            dir.Delete(partition);
    }

    /// <summary>The dir that the partition's log is in; null without one.</summary>
    public LogDir? DirOf(TopicPartition partition) => dirs.Find(dir => dir.Logs.ContainsKey(partition));

    /// <summary>The dir in which the operation failed; null when it was in none of them.</summary>
    public LogDir? DirOf(DiskError error)
    {
        var path = Path.GetFullPath(error.Path);
        return dirs.Where(
            dir => path == dir.Path || path.StartsWith(dir.Path + "/", StringComparison.Ordinal)).MaxBy(dir => dir.Path.Length);
    }

    /// <summary>Takes the dir offline in which the operation failed; null when it is offline already.</summary>
    public LostLogDir? TakeOffline(DiskError error)
    {
        var failed = DirOf(error);
        return failed is null || failed.IsOffline ? null : new LostLogDir(failed.Path, failed.TakeOffline(error));
    }

    /// <summary>The high watermarks last written, of all online dirs.</summary>
    public Dictionary<TopicPartition, long> ReadHighWatermarks()
        => new(Online.SelectMany(dir => dir.ReadHighWatermarks().Where(offset => dir.Logs.ContainsKey(offset.Key))));

    /// <summary>Writes each high watermark into the dir of its partition.</summary>
    public void WriteHighWatermarks(IReadOnlyDictionary<TopicPartition, long> offsets)
    {
        foreach (var dir in Online)
            dir.WriteHighWatermarks(offsets);
    }

    /// <summary>Every <c>log.flush.offset.checkpoint.interval.ms</c>.</summary>
    public void WriteRecoveryPoints()
    {
        foreach (var dir in Online)
            dir.WriteRecoveryPoints();
    }

    /// <summary>Every <c>log.flush.start.offset.checkpoint.interval.ms</c>.</summary>
    public void WriteLogStartOffsets()
    {
        foreach (var dir in Online)
            dir.WriteLogStartOffsets();
    }

    /// <summary>After each compaction.</summary>
    public void WriteCleanerOffsets()
    {
        foreach (var dir in Online)
            dir.WriteCleanerOffsets();
    }

    /// <summary>From time to time, and before the last things are written.</summary>
    /// <exception cref="DiskError">Of kind LockLost: a dir may be another broker's by now.</exception>
    public void RequireLocks()
    {
        foreach (var dir in Online)
            dir.RequireLock();
    }

    /// <summary>The clean end, when no loop uses a log any more. A dir in which that fails goes without the mark.</summary>
    public void Close()
    {
        foreach (var dir in dirs)
        {
            try
            {
                dir.Close();
            }
            catch (DiskError error)
            {
                options.Log.Error("log", $"logDir={dir.Path} could not be closed cleanly: {error.Message}");
                dir.TakeOffline(error);
                dir.Unlock();
            }
        }
    }

    /// <summary>Gives up locks and files as a crash would, without a mark.</summary>
    public void Abandon()
    {
        foreach (var dir in dirs)
        {
            dir.TakeOffline();
            dir.Unlock();
        }
    }

    /// <summary>
    /// The path by which a dir of <c>log.dirs</c> is known: without a slash at the end, so that what is inside begins with it and a slash.
    /// </summary>
    public static string FullPath(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private List<(LogDir Dir, LogLoading Loading)> BeginLoad(Func<string, LogConfig> configOf)
    {
        InterruptedReplacements.Finish(OnEach, () => HasOffline);
        var begun = new List<(LogDir Dir, LogLoading Loading)>();
        OnEach(dir => begun.Add((dir, dir.BeginLoad(configOf))));
        return begun;
    }

    private void EndLoad(List<(LogDir Dir, LogLoading Loading)> begun)
    {
        // Whatever fails then, logs are given up with their dirs, which have to know them for that.
        foreach (var (dir, loading) in begun)
            dir.TakeOpened(loading);
        var loadings = begun.ToDictionary(each => each.Dir, each => each.Loading);
        OnEach(dir => dir.EndLoad(loadings[dir]));
        if (Online.Count == 0)
            throw new LogDirsUnusable("log.dirs: no dir could be loaded");
        if (Logs.GroupBy(log => log.Partition).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new LogDirsUnusable(
                $"log.dirs: partition {twice.Key} is in {string.Join(" and in ", twice.Select(log => log.Directory))}; remove one of them");
        OnEach(dir => Futures.Judge(dir, Find));
    }

    /// <summary>Does the work for each dir that is online; one in which the disk fails goes offline.</summary>
    private void OnEach(Action<LogDir> work)
    {
        foreach (var dir in Online)
        {
            try
            {
                work(dir);
            }
            catch (DiskError error)
            {
                options.Log.Error("log", $"logDir={dir.Path} offline: {error.Message}");
                dir.TakeOffline(error);
            }
        }
    }

    private string DirOfOwner(Func<MetaProperties, bool> isIt) => dirs.First(dir => dir.MetaProperties is { } owner && isIt(owner)).Path;

    private void RequireOneOwner()
    {
        RequireOne("brokers", "broker.id", owner => owner.BrokerId?.ToString());
        RequireOne("clusters", "cluster.id", owner => owner.ClusterId);
    }

    private void RequireOne(string owners, string key, Func<MetaProperties, string?> of)
    {
        var named = dirs.Where(dir => dir.MetaProperties is not null && of(dir.MetaProperties) is not null).DistinctBy(
            dir => of(dir.MetaProperties!)).ToList();
        if (named.Count > 1)
            throw new LogDirsUnusable($"log.dirs belong to several {owners}: {string.Join(
                ", ", named.Select(dir => $"{MetaProperties.FileName} in {dir.Path} says {key}={of(dir.MetaProperties!)}"))}");
    }
}
