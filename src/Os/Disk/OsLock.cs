using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KafkaCompatBroker.Os.Disk;

/// <summary>A lock that belongs to an open file; it goes when the file is closed.</summary>
internal sealed class OsLock(string path, SafeFileHandle handle) : IDiskLock
{
    public bool IsInPlace()
    {
        if (Posix.StatX(handle, "", Posix.AT_EMPTY_PATH, Posix.STATX_INO, out var locked) != 0)
            throw DiskErrors.Last(path, "stat the lock of");
        if (Posix.StatX(Posix.AT_FDCWD, path, 0, Posix.STATX_INO, out var named) != 0)
        {
            const int ENOENT = 2, ENOTDIR = 20;
            return Marshal.GetLastPInvokeError() is ENOENT or ENOTDIR ? false : throw DiskErrors.Last(path, "stat");
        }
        return (locked.Inode, locked.DeviceMajor, locked.DeviceMinor) == (named.Inode, named.DeviceMajor, named.DeviceMinor);
    }

    public void Dispose() => handle.Dispose();
}
