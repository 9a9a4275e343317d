using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Processes;

/// <summary>
/// A disk as one process has it: knows which files and locks the process holds, and does nothing for it once it is dead.
/// </summary>
internal sealed class ProcessDisk(SimDisk disk, SimLifetime lifetime, Action crashed) : IDisk
{
    private readonly List<ProcessFile> files = [];
    private readonly List<ProcessLock> locks = [];

    /// <summary>
    /// Those that still have the name they were opened by; a log holds segments that it has renamed until it removes them.
    /// </summary>
    public IEnumerable<string> HeldFiles() => files.Select(file => file.Path).Where(
        path => disk.NamesIn(DiskPath.Parent(DiskPath.Normal(path))).Contains(DiskPath.Name(path)));

    public IEnumerable<string> HeldLocks() => locks.Select(held => held.Path);

    /// <summary>The process is dead: what it held is free.</summary>
    public void Release()
    {
        disk.Revive();
        foreach (var held in locks.ToList())
            held.Dispose();
        files.Clear();
    }

    public int OpenFileCount => disk.OpenFileCount;

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        var file = new ProcessFile(this, Call(() => disk.Open(path, mode)));
        files.Add(file);
        return file;
    }

    public bool FileExists(string path) => Call(() => disk.FileExists(path));
    public bool DirectoryExists(string path) => Call(() => disk.DirectoryExists(path));
    public void CreateDirectory(string path) => Call(() => disk.CreateDirectory(path));
    public IReadOnlyList<DiskEntry> List(string path) => Call(() => disk.List(path));
    public void Rename(string from, string to) => Call(() => disk.Rename(from, to));
    public void DeleteFile(string path) => Call(() => disk.DeleteFile(path));
    public void DeleteDirectory(string path) => Call(() => disk.DeleteDirectory(path));
    public void FlushDirectory(string path) => Call(() => disk.FlushDirectory(path));
    public DiskSpace SpaceOf(string path) => Call(() => disk.SpaceOf(path));
    public DateTimeOffset UpSince => disk.UpSince;
    public DateTimeOffset LastWriteTime(string path) => Call(() => disk.LastWriteTime(path));
    public void SetLastWriteTime(string path, DateTimeOffset time) => Call(() => disk.SetLastWriteTime(path, time));

    public IDiskLock? TryLock(string path)
    {
        if (Call(() => disk.TryLock(path)) is not { } taken)
            return null;
        var held = new ProcessLock(this, path, taken);
        locks.Add(held);
        return held;
    }

    private void Call(Action call) => Call(() =>
    {
        call();
        return true;
    });

    private T Call<T>(Func<T> call)
    {
        RequireAlive();
        try
        {
            return call();
        }
        catch (SimCrash)
        {
            crashed();
            throw;
        }
    }

    private void RequireAlive()
    {
        if (lifetime.IsOver)
            throw new SimCrash();
    }

    /// <summary>An open file of the process.</summary>
    private sealed class ProcessFile(ProcessDisk owner, IDiskFile file) : IDiskFile
    {
        private int references = 1;

        public string Path => file.Path;
        public long Length => file.Length;

        public int Read(long position, Span<byte> buffer)
        {
            owner.RequireAlive();
            return file.Read(position, buffer);
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            owner.RequireAlive();
            try
            {
                file.Write(position, bytes);
            }
            catch (SimCrash)
            {
                owner.Crash();
                throw;
            }
        }

        public void SetLength(long length) => owner.Call(() => file.SetLength(length));

        public void Flush() => owner.Call(file.Flush);

        public bool TryAddReference()
        {
            if (!file.TryAddReference())
                return false;
            references++;
            return true;
        }

        public void Release()
        {
            file.Release();
            if (--references == 0)
                owner.files.Remove(this);
        }
    }

    private void Crash() => crashed();

    private sealed class ProcessLock(ProcessDisk owner, string path, IDiskLock taken) : IDiskLock
    {
        public string Path => path;

        public bool IsInPlace() => owner.Call(taken.IsInPlace);

        public void Dispose()
        {
            taken.Dispose();
            owner.locks.Remove(this);
        }
    }
}
