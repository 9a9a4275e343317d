namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// A disk in memory which keeps apart what a program sees and what would survive a power loss. Bytes become durable by a file's flush,
/// names by a flush of their folder. <see cref="LosePower"/> drops the rest, keeping of each unsynced write a part drawn from the seed:
/// none, all, or torn; of the changes of names a first part, because journalling file systems keep their order. Killing a process loses
/// nothing. Faults are armed by path (<see cref="FailWrites"/> and its neighbours) or by step: each call that changes something is one.
/// </summary>
public sealed class SimDisk(SimWorld world) : IDisk
{
    private readonly SortedDictionary<string, SimFileNode> files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimFileNode> durableFiles = new(StringComparer.Ordinal);
    private readonly SortedSet<string> directories = new(StringComparer.Ordinal) { "/" };
    private readonly HashSet<string> locks = new(StringComparer.Ordinal);
    private readonly List<(Func<string, bool> Path, DiskErrorKind Kind, string Operation)> faults = [];

    private readonly List<(string? From, string? To, SimFileNode Node)> unsyncedNames = [];
    private long crashAtStep = long.MaxValue;
    private (long Step, DiskErrorKind Kind) faultAtStep = (long.MaxValue, DiskErrorKind.Other);
    private (long Step, DiskErrorKind Kind) brokenFromStep = (long.MaxValue, DiskErrorKind.Other);

    /// <summary>How many calls have changed something or made it durable.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// True from a <see cref="SimCrash"/> on until <see cref="KillProcesses"/> or <see cref="LosePower"/>: nothing works.
    /// </summary>
    public bool HasCrashed { get; private set; }

    /// <summary>How many bytes fit; a write past it fails with NoSpace.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    public long UsedBytes { get; internal set; }

    public void FailWrites(Func<string, bool> path, DiskErrorKind kind) => faults.Add((path, kind, "write"));
    public void FailFlushes(Func<string, bool> path, DiskErrorKind kind) => faults.Add((path, kind, "flush"));
    public void FailReads(Func<string, bool> path, DiskErrorKind kind) => faults.Add((path, kind, "read"));
    public void FailOpens(Func<string, bool> path, DiskErrorKind kind) => faults.Add((path, kind, "open"));
    public void HealFaults()
    {
        faults.Clear();
        crashAtStep = faultAtStep.Step = brokenFromStep.Step = long.MaxValue;
    }

    /// <summary>The process dies in the step that many steps from now, which may be half done.</summary>
    public void CrashIn(int steps) => crashAtStep = Steps + steps;

    /// <summary>The step that many steps from now fails, once; a write may be half done.</summary>
    public void FailIn(int steps, DiskErrorKind kind) => faultAtStep = (Steps + steps, kind);

    /// <summary>Each step from the one that many steps from now on fails.</summary>
    public void BreakIn(int steps, DiskErrorKind kind) => brokenFromStep = (Steps + steps, kind);

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        path = Normal(path);
        Check(path, "open");
        var exists = files.TryGetValue(path, out var node);
        if (!exists && mode is DiskOpenMode.Existing or DiskOpenMode.ReadOnly && !exists)
            throw new DiskError(DiskErrorKind.NotFound, path, "open", "no such file");
        if (exists && mode == DiskOpenMode.CreateNew)
            throw new DiskError(DiskErrorKind.AlreadyExists, path, "open", "file exists");
        if (!exists)
        {
            RequireDirectory(Parent(path), "open");
            Step(path, "open");
            node = files[path] = new SimFileNode(world.Time.GetUtcNow());
            unsyncedNames.Add((null, path, node));
        }
        return new SimFile(this, node!, path, mode == DiskOpenMode.ReadOnly);
    }

    public bool FileExists(string path) => files.ContainsKey(Normal(path));
    public bool DirectoryExists(string path) => directories.Contains(Normal(path));

    public void CreateDirectory(string path)
    {
        for (var directory = Normal(path); directories.Add(directory); directory = Parent(directory))
        {
        }
    }

    public IReadOnlyList<DiskEntry> List(string path)
    {
        path = Normal(path);
        RequireDirectory(path, "list");
        var prefix = path == "/" ? "/" : path + "/";
        var entries = directories.Where(
            name => name.Length > prefix.Length && IsChild(name, prefix)).Select(name => new DiskEntry(name[prefix.Length..], true, 0))
            .Concat(files.Where(file => IsChild(file.Key, prefix)).Select(
                file => new DiskEntry(file.Key[prefix.Length..], false, file.Value.Length)));
        return [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    public void Rename(string from, string to)
    {
        (from, to) = (Normal(from), Normal(to));
        Check(to, "write");
        Step(to, "rename");
        if (files.Remove(from, out var node))
        {
            unsyncedNames.Add((from, to, node));
            if (files.TryGetValue(to, out var replaced))
                UsedBytes -= replaced.Length;
            files[to] = node;
            return;
        }
        RequireDirectory(from, "rename");
        MoveTree(from, to);
    }

    public void DeleteFile(string path)
    {
        path = Normal(path);
        Step(path, "delete");
        if (!files.Remove(path, out var node))
            return;
        unsyncedNames.Add((path, null, node));
        UsedBytes -= node.Length;
    }

    public void DeleteDirectory(string path)
    {
        path = Normal(path);
        foreach (var name in files.Keys.Where(name => name.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
            DeleteFile(name);
        foreach (var name in directories.Where(name => name == path || name.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
            directories.Remove(name);
    }

    public void FlushDirectory(string path)
    {
        path = Normal(path);
        Check(path, "flush");
        RequireDirectory(path, "flush");
        Step(path, "flush");
        var prefix = path == "/" ? "/" : path + "/";
        foreach (var name in durableFiles.Keys.Where(name => IsChild(name, prefix) && !files.ContainsKey(name)).ToList())
            durableFiles.Remove(name);
        foreach (var (name, node) in files.Where(file => IsChild(file.Key, prefix)).ToList())
            durableFiles[name] = node;
        unsyncedNames.RemoveAll(change => IsChild((change.To ?? change.From)!, prefix));
    }

    public DateTimeOffset LastWriteTime(string path) => Find(path).LastWriteTime;
    public void SetLastWriteTime(string path, DateTimeOffset time) => Find(path).LastWriteTime = time;

    public IDisposable? TryLock(string path)
    {
        path = Normal(path);
        if (!locks.Add(path))
            return null;
        if (!files.ContainsKey(path))
            files[path] = new SimFileNode(world.Time.GetUtcNow());
        return new Lock(this, path);
    }

    /// <summary>The processes died: their locks go, what they wrote stays.</summary>
    public void KillProcesses()
    {
        locks.Clear();
        HealFaults();
        HasCrashed = false;
    }

    /// <summary>
    /// The power failed: only durable names and bytes are left, plus what chance lets through of the unsynced changes of names and of each
    /// file.
    /// </summary>
    public void LosePower()
    {
        KillProcesses();
        // Often all: a journal is written every few seconds, or because of another file's flush.
        var survivingNames = world.Random.Next(3) == 0 ? unsyncedNames.Count : world.Random.Next(unsyncedNames.Count + 1);
        foreach (var (from, to, node) in unsyncedNames.Take(survivingNames))
        {
            if (from is not null && durableFiles.GetValueOrDefault(from) == node)
                durableFiles.Remove(from);
            if (to is not null)
                durableFiles[to] = node;
        }
        unsyncedNames.Clear();
        files.Clear();
        UsedBytes = 0;
        foreach (var (name, node) in durableFiles.ToList())
        {
            if (!directories.Contains(Parent(name)))
                CreateDirectory(Parent(name));
            files[name] = durableFiles[name] = node.AfterPowerLoss(world.Random);
            UsedBytes += files[name].Length;
        }
        world.Trace.Add("power lost");
    }

    /// <summary>Flips one bit of a file's bytes, durable ones included.</summary>
    public void FlipBit(string path, long position, int bit) => Find(path).FlipBit(position, bit);

    /// <summary>Counts a step, and dies or fails in it when that is armed; <paramref name="half"/> does a part of it first.</summary>
    internal void Step(string path, string operation, Action? half = null)
    {
        RequireAlive();
        Steps++;
        if (Steps >= brokenFromStep.Step)
            throw new DiskError(brokenFromStep.Kind, path, operation, "injected");
        if (Steps != crashAtStep && Steps != faultAtStep.Step)
            return;
        half?.Invoke();
        if (Steps == faultAtStep.Step)
            throw new DiskError(faultAtStep.Kind, path, operation, "injected");
        HasCrashed = true;
        throw new SimCrash();
    }

    internal void Check(string path, string operation)
    {
        RequireAlive();
        foreach (var fault in faults)
        {
            if (fault.Operation == operation && fault.Path(path))
                throw new DiskError(fault.Kind, path, operation, "injected");
        }
    }

    internal void Reserve(string path, long moreBytes)
    {
        if (UsedBytes + moreBytes > CapacityBytes)
            throw new DiskError(DiskErrorKind.NoSpace, path, "write", "no space left");
        UsedBytes += moreBytes;
    }

    private void RequireAlive()
    {
        if (HasCrashed)
            throw new SimCrash();
    }

    private SimFileNode Find(string path)
        => files.TryGetValue(Normal(path), out var node) ? node : throw new DiskError(DiskErrorKind.NotFound, path, "stat", "no such file");

    private void MoveTree(string from, string to)
    {
        foreach (var name in directories.Where(name => name == from || name.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
        {
            directories.Remove(name);
            directories.Add(to + name[from.Length..]);
        }
        foreach (var tree in new[] { files, durableFiles })
        {
            foreach (var (name, node) in tree.Where(file => file.Key.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
            {
                tree.Remove(name);
                tree[to + name[from.Length..]] = node;
            }
        }
    }

    private void RequireDirectory(string path, string operation)
    {
        if (!directories.Contains(path))
            throw new DiskError(DiskErrorKind.NotFound, path, operation, "no such folder");
    }

    private static bool IsChild(string name, string prefix)
        => name.StartsWith(prefix, StringComparison.Ordinal) && name.IndexOf('/', prefix.Length) < 0;

    internal bool IsStepArmed => Steps + 1 == crashAtStep || Steps + 1 == faultAtStep.Step;

    internal int PartOf(int length) => world.Random.Next(length + 1);

    private static string Normal(string path) => Path.GetFullPath(path).TrimEnd('/') is { Length: > 0 } full ? full : "/";

    private static string Parent(string path) => Path.GetDirectoryName(path)!;

    private sealed class Lock(SimDisk disk, string path) : IDisposable
    {
        public void Dispose() => disk.locks.Remove(path);
    }
}

/// <summary>The process died here. Not a <see cref="DiskError"/>, so no code under test handles it.</summary>
public sealed class SimCrash() : Exception("the process died");
