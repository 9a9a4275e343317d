using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>
/// A disk in memory which keeps apart what a program sees and what would survive a power loss. Bytes become durable by a file's flush,
/// names (of files and of folders: made, renamed and deleted) by a flush of their folder. <see cref="LosePower"/> drops the rest, keeping
/// of each unsynced write a part drawn from the seed: none, all, or torn; of the changes of names a first part, because journalling file
/// systems keep their order. Killing a process loses nothing. Faults are armed by path (<see cref="FailWrites"/> and its neighbours), by
/// operation (<see cref="Arm"/>) or by step: each call that changes something is one.
/// </summary>
public sealed class SimDisk : IDisk
{
    private readonly SimScheduler scheduler;
    private readonly DiskFaults faults = new();
    private readonly HashSet<SimNode> locked = [];
    private readonly SortedDictionary<string, SimFileSystem> fileSystems = new(StringComparer.Ordinal);
    private readonly SimFolder root;

    public SimDisk(SimScheduler scheduler)
    {
        this.scheduler = scheduler;
        root = new SimFolder(FileSystem("/"));
    }

    /// <summary>How many calls have changed something or made it durable.</summary>
    public long Steps => faults.Steps;

    /// <summary>
    /// True from a <see cref="SimCrash"/> on until <see cref="KillProcesses"/> or <see cref="LosePower"/>: nothing works.
    /// </summary>
    public bool HasCrashed => faults.HasCrashed;

    public void Arm(DiskFault fault) => faults.Arm(fault);

    public DateTimeOffset UpSince { get; private set; }

    public void FailWrites(Func<string, bool> path, DiskErrorKind kind)
        => Fail(path, kind, DiskOperation.Write, DiskOperation.Truncate, DiskOperation.Rename);

    public void FailFlushes(Func<string, bool> path, DiskErrorKind kind)
        => Fail(path, kind, DiskOperation.Flush, DiskOperation.FlushFolder);

    public void FailReads(Func<string, bool> path, DiskErrorKind kind) => Fail(path, kind, DiskOperation.Read);
    public void FailOpens(Func<string, bool> path, DiskErrorKind kind) => Fail(path, kind, DiskOperation.Open, DiskOperation.Create);

    /// <summary>The process dies in the step that many steps from now, which may be half done.</summary>
    public void CrashIn(int steps) => faults.CrashIn(steps);

    /// <summary>The step that many steps from now fails, once; a write may be half done.</summary>
    public void FailIn(int steps, DiskErrorKind kind) => faults.FailIn(steps, kind);

    /// <summary>Each step from the one that many steps from now on fails.</summary>
    public void BreakIn(int steps, DiskErrorKind kind) => faults.BreakIn(steps, kind);

    public void HealFaults() => faults.Heal();

    /// <summary>The file system that a folder below the root, or what is in it, is on.</summary>
    public SimFileSystem FileSystemOf(string path) => FileSystem("/" + DiskPath.Steps(path)[0]);

    /// <summary>Makes a folder, and its parents, as one that has been there for long: a power loss does not take it away.</summary>
    public void Mount(string path)
    {
        CreateDirectory(path);
        for (var made = DiskPath.Normal(path); made != "/"; made = DiskPath.Parent(made))
        {
            var parent = Folder(DiskPath.Parent(made), "flush folder");
            parent.FileSystem.Flush(parent);
        }
    }

    /// <summary>Of every file system; nothing that is written takes of it.</summary>
    public DiskSpace Space { get; set; } = new(TotalBytes: 1L << 40, UsableBytes: 1L << 39);

    public DiskSpace SpaceOf(string path)
    {
        path = DiskPath.Normal(path);
        faults.Check(DiskOperation.Read, path);
        return Space;
    }

    public int OpenFileCount { get; private set; }

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        path = DiskPath.Normal(path);
        var exists = Find(path) is SimFileNode;
        var creates = !exists && mode is DiskOpenMode.OpenOrCreate or DiskOpenMode.CreateNew;
        faults.Check(creates ? DiskOperation.Create : DiskOperation.Open, path);
        if (!exists && !creates)
            throw new DiskError(DiskErrorKind.NotFound, path, "open", "no such file");
        if (exists && mode == DiskOpenMode.CreateNew)
            throw new DiskError(DiskErrorKind.AlreadyExists, path, "open", "file exists");
        var folder = Folder(DiskPath.Parent(path), "open");
        var node = exists ? (SimFileNode)Find(path)! : Create(folder, path);
        OpenFileCount++;
        return new SimFile(faults, folder.FileSystem, node, path, mode == DiskOpenMode.ReadOnly, scheduler.Random, () => OpenFileCount--);
    }

    public bool FileExists(string path)
    {
        faults.RequireAlive();
        return Find(path) is SimFileNode;
    }

    public bool DirectoryExists(string path)
    {
        faults.RequireAlive();
        return Find(path) is SimFolder;
    }

    public void CreateDirectory(string path)
    {
        var folder = root;
        var made = "";
        foreach (var step in DiskPath.Steps(path))
        {
            made = $"{made}/{step}";
            if (!folder.Names.TryGetValue(step, out var node))
            {
                faults.Check(DiskOperation.CreateFolder, made);
                faults.Step(DiskOperation.CreateFolder, made);
                node = new SimFolder(folder == root ? FileSystem(made) : folder.FileSystem);
                folder.FileSystem.Apply(new NameEntry(folder, step, node));
            }
            folder = node as SimFolder ?? throw new DiskError(DiskErrorKind.AlreadyExists, made, "create folder", "a file is there");
        }
    }

    public IReadOnlyList<DiskEntry> List(string path)
    {
        faults.Check(DiskOperation.List, DiskPath.Normal(path));
        return [.. Folder(path, "list").Names.Select(entry => new DiskEntry(entry.Key, entry.Value is SimFolder))];
    }

    public void Rename(string from, string to)
    {
        (from, to) = (DiskPath.Normal(from), DiskPath.Normal(to));
        faults.Check(DiskOperation.Rename, to);
        faults.Step(DiskOperation.Rename, to);
        var (source, target) = (Folder(DiskPath.Parent(from), "rename"), Folder(DiskPath.Parent(to), "rename"));
        if (!source.Names.TryGetValue(DiskPath.Name(from), out var node))
            throw new DiskError(DiskErrorKind.NotFound, from, "rename", "no such file or folder");
        if (target.Names.TryGetValue(DiskPath.Name(to), out var replaced))
        {
            if (node is SimFolder || replaced is not SimFileNode file)
                throw new DiskError(DiskErrorKind.AlreadyExists, to, "rename", "it is there");
            target.FileSystem.UsedBytes -= file.Length;
        }
        source.FileSystem.Apply(new NameEntry(source, DiskPath.Name(from), null), new NameEntry(target, DiskPath.Name(to), node));
    }

    public void DeleteFile(string path)
    {
        path = DiskPath.Normal(path);
        faults.Check(DiskOperation.Delete, path);
        faults.Step(DiskOperation.Delete, path);
        if (Find(DiskPath.Parent(path)) is SimFolder folder && folder.Names.GetValueOrDefault(DiskPath.Name(path)) is SimFileNode node)
        {
            folder.FileSystem.UsedBytes -= node.Length;
            folder.FileSystem.Apply(new NameEntry(folder, DiskPath.Name(path), null));
        }
    }

    public void DeleteDirectory(string path)
    {
        path = DiskPath.Normal(path);
        if (Find(path) is not SimFolder folder)
            return;
        foreach (var (name, node) in folder.Names.ToList())
        {
            if (node is SimFolder)
                DeleteDirectory($"{path}/{name}");
            else
                DeleteFile($"{path}/{name}");
        }
        faults.Check(DiskOperation.Delete, path);
        faults.Step(DiskOperation.Delete, path);
        var parent = Folder(DiskPath.Parent(path), "delete");
        parent.FileSystem.Apply(new NameEntry(parent, DiskPath.Name(path), null));
    }

    public void FlushDirectory(string path)
    {
        path = DiskPath.Normal(path);
        var folder = Folder(path, "flush folder");
        try
        {
            faults.Check(DiskOperation.FlushFolder, path);
            faults.Step(DiskOperation.FlushFolder, path);
        }
        catch (DiskError)
        {
            folder.FileSystem.HasFailedFlush = true;
            throw;
        }
        folder.FileSystem.Flush(folder);
    }

    /// <summary>The names in a folder, looked at past all processes and faults; none where there is no folder.</summary>
    public IReadOnlyList<string> NamesIn(string path) => Find(path) is SimFolder folder ? [.. folder.Names.Keys] : [];

    /// <summary>A file's bytes, looked at in the same way.</summary>
    public byte[] BytesOf(string path)
    {
        var file = File(path);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    /// <summary>
    /// What a power loss leaves for certain of a file, looked at in the same way; nothing where its name is not durable.
    /// </summary>
    public byte[] DurableBytesOf(string path)
    {
        SimNode? node = root;
        foreach (var step in DiskPath.Steps(path))
            node = (node as SimFolder)?.DurableNames.GetValueOrDefault(step);
        return node is SimFileNode file ? file.DurableBytes.ToArray() : [];
    }

    public DateTimeOffset LastWriteTime(string path) => File(path).LastWriteTime;
    public void SetLastWriteTime(string path, DateTimeOffset time) => File(path).LastWriteTime = time;

    public IDiskLock? TryLock(string path)
    {
        path = DiskPath.Normal(path);
        if (Find(path) is null)
        {
            faults.Check(DiskOperation.Create, path);
            Create(Folder(DiskPath.Parent(path), "open"), path);
        }
        else
        {
            faults.Check(DiskOperation.Open, path);
        }
        var node = Find(path)!;
        return locked.Add(node) ? new Lock(this, path, node) : null;
    }

    /// <summary>The processes died: their locks go, what they wrote stays.</summary>
    public void KillProcesses()
    {
        locked.Clear();
        HealFaults();
        Revive();
    }

    /// <summary>
    /// The power failed: only durable names and bytes are left, plus what chance lets through of the unsynced changes of names and of each
    /// file.
    /// </summary>
    public void LosePower()
    {
        KillProcesses();
        LoseUnsynced();
    }

    /// <summary>The same for the disk alone: locks and faults stay.</summary>
    internal void LoseUnsynced()
    {
        foreach (var fileSystem in fileSystems.Values)
            fileSystem.LosePower(scheduler.Random);
        LoseUnsynced(root, isWholeDisk: true);
        UpSince = scheduler.Time.GetUtcNow();
        scheduler.Trace.Add("power lost");
    }

    /// <summary>
    /// Mounts anew each file system whose flush has failed, as an operator does before its broker is started again: what was not durable is
    /// lost. No process may use it. True when there was one.
    /// </summary>
    public bool RemountFailed()
    {
        var failed = fileSystems.Values.Where(fileSystem => fileSystem.HasFailedFlush).ToList();
        foreach (var fileSystem in failed)
        {
            fileSystem.LosePower(scheduler.Random);
            LoseUnsynced((SimFolder)Find(fileSystem.Name)!, isWholeDisk: false);
            UpSince = scheduler.Time.GetUtcNow();
            scheduler.Trace.Add($"remounted {fileSystem.Name}");
        }
        return failed.Count > 0;
    }

    /// <summary>Flips one bit of a file's bytes, durable ones included.</summary>
    public void FlipBit(string path, long position, int bit) => File(path).FlipBit(position, bit);

    /// <summary>The process that died in a step is gone; other faults stay.</summary>
    internal void Revive() => faults.Revive();

    private void Fail(Func<string, bool> path, DiskErrorKind kind, params DiskOperation[] operations)
        => Arm(new DiskFault((operation, name) => operations.Contains(operation) && path(name), kind));

    private SimFileNode Create(SimFolder folder, string path)
    {
        faults.Step(DiskOperation.Create, path);
        var node = new SimFileNode(scheduler.Time.GetUtcNow());
        folder.FileSystem.Apply(new NameEntry(folder, DiskPath.Name(path), node));
        return node;
    }

    private void LoseUnsynced(SimFolder folder, bool isWholeDisk)
    {
        folder.Names.Clear();
        foreach (var (name, node) in folder.DurableNames)
        {
            folder.Names.Add(name, node);
            if (node is SimFileNode file)
            {
                file.LosePower(scheduler.Random);
                folder.FileSystem.UsedBytes += file.Length;
            }
            else if (node is SimFolder inner && (isWholeDisk || inner.FileSystem == folder.FileSystem))
            {
                LoseUnsynced(inner, isWholeDisk);
            }
        }
    }

    private SimNode? Find(string path)
    {
        SimNode? node = root;
        foreach (var step in DiskPath.Steps(path))
            node = (node as SimFolder)?.Names.GetValueOrDefault(step);
        return node;
    }

    private SimFolder Folder(string path, string operation)
        => Find(path) as SimFolder ?? throw new DiskError(DiskErrorKind.NotFound, path, operation, "no such folder");

    private SimFileNode File(string path)
        => Find(path) as SimFileNode ?? throw new DiskError(DiskErrorKind.NotFound, path, "stat", "no such file");

    private SimFileSystem FileSystem(string name)
    {
        if (!fileSystems.TryGetValue(name, out var fileSystem))
            fileSystems.Add(name, fileSystem = new SimFileSystem(name));
        return fileSystem;
    }

    private sealed class Lock(SimDisk disk, string path, SimNode node) : IDiskLock
    {
        public bool IsInPlace()
        {
            disk.faults.RequireAlive();
            return ReferenceEquals(disk.Find(path), node);
        }

        public void Dispose() => disk.locked.Remove(node);
    }
}
