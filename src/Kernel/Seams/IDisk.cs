namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>How <see cref="IDisk.Open"/> treats what is there.</summary>
public enum DiskOpenMode
{
    /// <summary>The file must exist; opened for reading and writing.</summary>
    Existing,
    /// <summary>The file must exist; opened for reading only.</summary>
    ReadOnly,
    /// <summary>Opened for reading and writing, made when absent.</summary>
    OpenOrCreate,
    /// <summary>The file must not exist; made.</summary>
    CreateNew,
}

/// <summary>One name inside a folder.</summary>
public readonly record struct DiskEntry(string Name, bool IsDirectory);

/// <summary>The bytes that a file system holds in all, and those that this process may still write to it.</summary>
public readonly record struct DiskSpace(long TotalBytes, long UsableBytes);

/// <summary>
/// The seam to a file system: real in Os, simulated in tests (where unsynced bytes can be lost and writes torn).
/// All calls are synchronous and throw <see cref="DiskError"/>. Paths are absolute or relative to the process, '/'-separated.
/// A rename or a create is durable only after <see cref="FlushDirectory"/> of its folder.
/// </summary>
public interface IDisk
{
    /// <summary>How many files of this disk are open; each takes a descriptor of the process.</summary>
    int OpenFileCount { get; }
    IDiskFile Open(string path, DiskOpenMode mode);
    bool FileExists(string path);
    bool DirectoryExists(string path);
    /// <summary>Makes the folder and its parents (mode 0700 for those made); fine when it exists.</summary>
    void CreateDirectory(string path);
    /// <summary>The names inside a folder, sorted ordinally; NotFound when it is absent.</summary>
    IReadOnlyList<DiskEntry> List(string path);
    /// <summary>Atomically renames a file (replacing a file at the target) or a folder.</summary>
    void Rename(string from, string to);
    /// <summary>Deletes a file; fine when it is absent. Open handles go on reading.</summary>
    void DeleteFile(string path);
    /// <summary>Deletes a folder and all in it; fine when it is absent.</summary>
    void DeleteDirectory(string path);
    /// <summary>fsync of a folder: makes creates, renames and deletes inside it durable.</summary>
    void FlushDirectory(string path);
    /// <summary>Of the file system that the folder is on.</summary>
    DiskSpace SpaceOf(string path);
    DateTimeOffset LastWriteTime(string path);
    /// <summary>Since when the machine has been up: bytes that were written later have not been lost with its power.</summary>
    DateTimeOffset UpSince { get; }
    void SetLastWriteTime(string path, DateTimeOffset time);
    /// <summary>
    /// Takes the exclusive lock on a file (made when absent) for as long as the result lives; null when another process or broker holds it.
    /// </summary>
    IDiskLock? TryLock(string path);
}

/// <summary>
/// An open file. Counted: made with one reference, closed when the last is released, so that a fetch answer in flight keeps reading
/// a file that retention has deleted. Reads may come from any thread at once; writes come from one loop.
/// </summary>
public interface IDiskFile
{
    string Path { get; }
    /// <summary>Length in bytes.</summary>
    long Length { get; }
    /// <summary>
    /// Fills <paramref name="buffer"/> from <paramref name="position"/>; returns fewer bytes only at the end of the file.
    /// </summary>
    int Read(long position, Span<byte> buffer);
    /// <summary>
    /// Writes all of <paramref name="bytes"/> at <paramref name="position"/>; returning means the page cache has them, not the disk.
    /// </summary>
    void Write(long position, ReadOnlySpan<byte> bytes);
    void SetLength(long length);
    /// <summary>
    /// fdatasync with its result checked, on any thread; an error is final for the log dir, and each later flush of this file throws it
    /// again.
    /// </summary>
    void Flush();
    /// <summary>Takes one more reference; false when the file is already closed.</summary>
    bool TryAddReference();
    /// <summary>Gives one reference back; the last one closes the file.</summary>
    void Release();
}

/// <summary>
/// A run of bytes in a file: what a fetch answers with instead of bytes. The holder owns one reference of <see cref="File"/>.
/// </summary>
public readonly record struct FileSlice(IDiskFile File, long Position, int Length);

public static class DiskExtensions
{
    /// <summary>Uses a file that has just been opened, and gives it back.</summary>
    public static T Use<T>(this IDiskFile file, Func<IDiskFile, T> use)
    {
        try
        {
            return use(file);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>All bytes of a file; NotFound when it is absent.</summary>
    public static byte[] ReadAllBytes(this IDisk disk, string path)
        => disk.Open(path, DiskOpenMode.ReadOnly).Use(file =>
        {
            var bytes = new byte[file.Length];
            var read = file.Read(0, bytes);
            return read == bytes.Length ? bytes : bytes[..read];
        });

    /// <summary>
    /// Replaces a file so that after a crash it holds the old bytes or the new ones: temp file, flush, rename, flush of the folder.
    /// </summary>
    public static void ReplaceAtomically(this IDisk disk, string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        disk.DeleteFile(temporary);
        var file = disk.Open(temporary, DiskOpenMode.CreateNew);
        try
        {
            file.Write(0, bytes);
            file.Flush();
        }
        finally
        {
            file.Release();
        }
        disk.Rename(temporary, path);
        disk.FlushDirectory(System.IO.Path.GetDirectoryName(path)!);
    }
}
