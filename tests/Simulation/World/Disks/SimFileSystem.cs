namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

/// <summary>
/// One file system of a disk: each folder below the root is one of its own, as log dirs are. Journals changes of names: they reach the
/// platter in their order, by a flush of their folder or on their own.
/// </summary>
public sealed class SimFileSystem(string name)
{
    private readonly List<NameChange> unsynced = [];

    /// <summary>The folder that it is mounted on.</summary>
    public string Name => name;

    /// <summary>How many bytes fit; a write past it fails with NoSpace.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    public long UsedBytes { get; internal set; }

    /// <summary>A write has been refused for want of room.</summary>
    public bool HasRefused { get; set; }

    /// <summary>A flush has failed since it was mounted; what programs see of it is no longer to be believed.</summary>
    public bool HasFailedFlush { get; internal set; }

    /// <summary>Changes the names, which a power loss may take back all together.</summary>
    internal void Apply(params IReadOnlyList<NameEntry> entries)
    {
        foreach (var entry in entries)
            entry.ApplyTo(entry.Folder.Names);
        unsynced.Add(new NameChange(entries));
    }

    /// <summary>Makes the changes of the folder's names durable.</summary>
    internal void Flush(SimFolder folder)
    {
        foreach (var change in unsynced.Where(change => change.Concerns(folder)))
            change.MakeDurable();
        unsynced.RemoveAll(change => change.Concerns(folder));
    }

    /// <summary>Makes a first part of the changes durable, and forgets the rest.</summary>
    internal void LosePower(Random random)
    {
        // Often all: a journal is written every few seconds, or because of another file's flush.
        var survivingCount = random.Next(3) == 0 ? unsynced.Count : random.Next(unsynced.Count + 1);
        foreach (var change in unsynced.Take(survivingCount))
            change.MakeDurable();
        unsynced.Clear();
        HasFailedFlush = false;
        UsedBytes = 0;
    }

    internal void Reserve(string path, long moreBytes)
    {
        if (moreBytes > 0 && moreBytes > FreeBytes)
            throw Full(path);
        UsedBytes += moreBytes;
    }

    internal DiskError Full(string path)
    {
        HasRefused = true;
        return new DiskError(DiskErrorKind.NoSpace, path, "write", "no space left");
    }

    internal long FreeBytes => Math.Max(0, CapacityBytes - UsedBytes);

    private sealed record NameChange(IReadOnlyList<NameEntry> Entries)
    {
        public bool Concerns(SimFolder folder) => Entries.Any(entry => entry.Folder == folder);

        public void MakeDurable()
        {
            foreach (var entry in Entries)
                entry.ApplyTo(entry.Folder.DurableNames);
        }
    }
}

/// <summary>What a name in a folder stands for from now on; null when it is gone.</summary>
internal sealed record NameEntry(SimFolder Folder, string Name, SimNode? Node)
{
    public void ApplyTo(SortedDictionary<string, SimNode> names)
    {
        if (Node is null)
            names.Remove(Name);
        else
            names[Name] = Node;
    }
}
