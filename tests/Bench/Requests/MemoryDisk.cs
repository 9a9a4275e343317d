namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// A disk in unmanaged memory, so that a benchmark of requests counts what the broker allocates and not what its files hold. Paths are
/// kept as they come; nothing is ever flushed, and every lock is given.
/// </summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MemoryFile> files = new(StringComparer.Ordinal);
    private readonly SortedSet<string> directories = new(StringComparer.Ordinal);

    public int OpenFileCount => 0;

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        lock (gate)
        {
            if (!files.TryGetValue(path, out var file))
            {
                if (mode is DiskOpenMode.Existing or DiskOpenMode.ReadOnly)
                    throw new DiskError(DiskErrorKind.NotFound, path, "open", "no such file");
                files.Add(path, file = new MemoryFile(path));
            }
            return file;
        }
    }

    public bool FileExists(string path)
    {
        lock (gate)
            return files.ContainsKey(path);
    }

    public bool DirectoryExists(string path)
    {
        lock (gate)
            return directories.Contains(path);
    }

    public void CreateDirectory(string path)
    {
        lock (gate)
        {
            for (var folder = path; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
                directories.Add(folder);
        }
    }

    public IReadOnlyList<DiskEntry> List(string path)
    {
        lock (gate)
        {
            return
            [
                .. directories.Where(folder => Path.GetDirectoryName(folder) == path)
                    .Select(folder => new DiskEntry(Path.GetFileName(folder), IsDirectory: true))
                    .Concat(files.Where(file => Path.GetDirectoryName(file.Key) == path)
                        .Select(file => new DiskEntry(Path.GetFileName(file.Key), IsDirectory: false)))
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal),
            ];
        }
    }

    public void Rename(string from, string to)
    {
        lock (gate)
        {
            foreach (var path in files.Keys.Where(path => IsInside(path, from)).ToList())
            {
                files.Remove(path, out var file);
                files[to + path[from.Length..]] = file!;
            }
            foreach (var path in directories.Where(path => IsInside(path, from)).ToList())
            {
                directories.Remove(path);
                directories.Add(to + path[from.Length..]);
            }
        }
    }

    public void DeleteFile(string path)
    {
        lock (gate)
            files.Remove(path);
    }

    public void DeleteDirectory(string path)
    {
        lock (gate)
        {
            foreach (var inside in files.Keys.Where(file => IsInside(file, path)).ToList())
                files.Remove(inside);
            directories.RemoveWhere(folder => IsInside(folder, path));
        }
    }

    public void FlushDirectory(string path)
    {
    }

    public DateTimeOffset UpSince => DateTimeOffset.UnixEpoch;

    public DiskSpace SpaceOf(string path) => new(1L << 40, 1L << 39);

    public DateTimeOffset LastWriteTime(string path) => DateTimeOffset.UnixEpoch;

    public void SetLastWriteTime(string path, DateTimeOffset time)
    {
    }

    public IDiskLock? TryLock(string path) => new MemoryLock();

    private sealed class MemoryLock : IDiskLock
    {
        public bool IsInPlace() => true;

        public void Dispose()
        {
        }
    }

    private static bool IsInside(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
