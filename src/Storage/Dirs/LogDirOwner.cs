using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// Whose a log dir is: the lock that this process holds on it, and the <c>meta.properties</c> that tie it to a broker of a cluster.
/// </summary>
internal sealed class LogDirOwner
{
    public const string LockFile = ".lock";

    private readonly IDisk disk;
    private IDiskLock? processLock;

    private LogDirOwner(IDisk disk, string path) => (this.disk, Path) = (disk, path);

    public string Path { get; }
    public MetaProperties? MetaProperties { get; private set; }
    /// <summary>As it was opened: what shows that a broker has used it before, null when nothing does.</summary>
    public string? SignOfUse { get; private set; }

    /// <summary>Makes the folder when it is absent, and takes its lock for the broker's life.</summary>
    /// <exception cref="LogDirsUnusable">Another broker has it, or it is no ZooKeeper-mode broker's.</exception>
    public static LogDirOwner Open(IDisk disk, string path)
    {
        var owner = new LogDirOwner(disk, path);
        disk.CreateDirectory(path);
        owner.processLock = disk.TryLock(owner.PathOf(LockFile))
            ?? throw new LogDirsUnusable($"log.dirs: {path} is in use by another broker");
        try
        {
            owner.MetaProperties = MetaProperties.Read(disk, path);
            owner.SignOfUse = owner.FindSignOfUse();
            if (owner.MetaProperties is null)
                owner.FlushParents();
            return owner;
        }
        catch (Exception exception) when (exception is InvalidDataException or DiskError)
        {
            owner.processLock.Dispose();
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
    public void RequireLock()
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
            entry => entry.IsDirectory && !LogDirFolders.Known.Contains(entry.Name) && LogFileNames.TryParsePartition(entry.Name, out _));
        return partition.Name is null ? null : PathOf(partition.Name);
    }

    /// <summary>Writes down whose dir it is, unless that is written.</summary>
    public void Claim(BrokerId brokerId, string clusterId)
    {
        var claimed = new MetaProperties(brokerId, clusterId);
        if (MetaProperties == claimed)
            return;
        claimed.Write(disk, Path);
        MetaProperties = claimed;
    }

    public void Unlock()
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

    private string PathOf(string name) => System.IO.Path.Combine(Path, name);
}
