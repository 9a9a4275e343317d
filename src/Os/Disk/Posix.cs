using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Disk;

/// <summary>
/// The calls that the framework has no faithful form of. Success is decided by the return code alone: on Linux the framework's own flush
/// returns normally when fsync has failed.
/// </summary>
internal static partial class Posix
{
    private const string Libc = "libc";

    /// <summary>
    /// Looks the functions up among the symbols of the whole process, as native programs do, and not in the C library's own file: libraries
    /// preloaded in front of it, such as those that inject faults or count calls, see these calls as well.
    /// </summary>
    static Posix() => NativeLibrary.SetDllImportResolver(
        typeof(Posix).Assembly, static (name, _, _) => name == Libc ? NativeLibrary.GetMainProgramHandle() : IntPtr.Zero);

    public const int EINTR = 4;
    public const int O_RDONLY = 0;
    public const int O_CLOEXEC = 0x80000;

    /// <summary>Takes or drops a lock that belongs to the open file, not to the process; waits for nobody.</summary>
    public const int F_OFD_SETLK = 37;
    public const short F_WRLCK = 1;

    /// <summary>A path is looked up from the process's folder; an empty one stands for the descriptor itself.</summary>
    public const int AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000;
    public const uint STATX_INO = 0x100;

    [LibraryImport(Libc, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Libc, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Libc, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int descriptor);

    [LibraryImport(Libc, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeHandle descriptor);

    [LibraryImport(Libc, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Libc, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Lock(SafeHandle descriptor, int command, in FileLock fileLock);

    [LibraryImport(Libc, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatX(SafeHandle folder, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport(Libc, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatX(int folder, string path, int flags, uint mask, out FileStatus status);

    /// <summary>
    /// What tells one file from another in <c>struct statx</c>, which, unlike <c>struct stat</c>, is the same on all machines.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileStatus
    {
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(136)]
        public uint DeviceMajor;
        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    /// <summary><c>struct flock</c> of 64-bit Linux; start and length 0 mean the whole file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }
}
