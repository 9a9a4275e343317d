using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Disk;

/// <summary>The real file system of a 64-bit Linux. Every method may be called from any thread.</summary>
public sealed class OsDisk : IDisk
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const FileShare ShareAll = FileShare.ReadWrite | FileShare.Delete;

    public int OpenFileCount => OsFile.OpenCount;

    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        var access = mode == DiskOpenMode.ReadOnly ? FileAccess.Read : FileAccess.ReadWrite;
        var fileMode = mode switch
        {
            DiskOpenMode.OpenOrCreate => FileMode.OpenOrCreate,
            DiskOpenMode.CreateNew => FileMode.CreateNew,
            _ => FileMode.Open,
        };
        // Opened as asynchronous only because a socket takes no other file to send; on Linux it changes nothing else.
        return Call(path, "open", () => new OsFile(path, File.OpenHandle(path, fileMode, access, ShareAll, FileOptions.Asynchronous)));
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
            return;
        // Parent by parent, because the framework gives the mode to the last folder only.
        if (System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } parent)
            CreateDirectory(parent);
        Call(
            path, "create folder",
            () => OperatingSystem.IsWindows() ? Directory.CreateDirectory(path) : Directory.CreateDirectory(path, FolderMode));
    }

    public IReadOnlyList<DiskEntry> List(string path)
    {
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        return Call(path, "list", () =>
        {
            var entries = new FileSystemEnumerable<DiskEntry>(path, ToDiskEntry, options).ToArray();
            Array.Sort(entries, (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        });
    }

    public void Rename(string from, string to)
    {
        if (Posix.Rename(from, to) != 0)
            throw DiskErrors.Last(from, $"rename to {to} of");
    }

    public void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, "delete");
        }
    }

    public void DeleteDirectory(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, "delete folder");
        }
    }

    public void FlushDirectory(string path)
    {
        var descriptor = Posix.Open(path, Posix.O_RDONLY | Posix.O_CLOEXEC);
        if (descriptor < 0)
            throw DiskErrors.Last(path, "open folder");
        var error = Posix.FSync(descriptor) == 0 ? null : DiskErrors.Last(path, "flush folder");
        _ = Posix.Close(descriptor);
        if (error is not null)
            throw error;
    }

    public DiskSpace SpaceOf(string path) => Call(path, "read the space of", () =>
    {
        var drive = new DriveInfo(path);
        return new DiskSpace(drive.TotalSize, drive.AvailableFreeSpace);
    });

    public DateTimeOffset UpSince => DateTimeOffset.UtcNow - TimeSpan.FromMilliseconds(Environment.TickCount64);

    public DateTimeOffset LastWriteTime(string path)
        => Call(path, "read the time of", () =>
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, ShareAll);
            return new DateTimeOffset(File.GetLastWriteTimeUtc(handle));
        });

    public void SetLastWriteTime(string path, DateTimeOffset time)
        => Call(path, "set the time of", () =>
        {
            File.SetLastWriteTimeUtc(path, time.UtcDateTime);
            return true;
        });

    /// <summary>
    /// A record lock over the whole file, as Java's <c>FileChannel.tryLock</c> takes it, so that a Kafka and we exclude each other. Ours
    /// belongs to the open file rather than to the process: a second broker in this process is refused too, and closing another handle of
    /// the file does not drop it.
    /// </summary>
    public IDiskLock? TryLock(string path)
    {
        var handle = Call(path, "open", () => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, ShareAll));
        var wholeFile = new Posix.FileLock { Type = Posix.F_WRLCK };
        if (Posix.Lock(handle, Posix.F_OFD_SETLK, wholeFile) == 0)
            return new OsLock(path, handle);
        const int EACCES = 13, EAGAIN = 11;
        var isHeld = Marshal.GetLastPInvokeError() is EACCES or EAGAIN;
        var error = DiskErrors.Last(path, "lock");
        handle.Dispose();
        return isHeld ? null : throw error;
    }

    private static DiskEntry ToDiskEntry(ref FileSystemEntry entry) => new(entry.FileName.ToString(), entry.IsDirectory);

    private static T Call<T>(string path, string operation, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (DiskErrors.IsDisks(exception))
        {
            throw DiskErrors.From(exception, path, operation);
        }
    }
}
