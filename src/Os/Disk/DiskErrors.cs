using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Disk;

/// <summary>Turns what the framework or the C library reports into <see cref="DiskError"/>.</summary>
internal static class DiskErrors
{
    /// <summary>The error of the P/Invoke that has just returned a failure.</summary>
    public static DiskError Last(string path, string operation)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new DiskError(KindOf(errno), path, operation, Marshal.GetPInvokeErrorMessage(errno));
    }

    public static DiskError From(Exception exception, string path, string operation)
        => new(KindOf(exception), path, operation, exception.Message);

    /// <summary>
    /// Whether an exception of the framework's file calls reports a failure of the disk; any other is a bug of ours. NotSupported comes
    /// from what is no file and has no positions, such as a pipe.
    /// </summary>
    public static bool IsDisks(Exception exception)
        => exception is (IOException or UnauthorizedAccessException or NotSupportedException) and not DiskError;

    private static DiskErrorKind KindOf(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => DiskErrorKind.NotFound,
        UnauthorizedAccessException => DiskErrorKind.AccessDenied,
        // For everything else the framework puts the bare errno into HResult.
        _ => KindOf(exception.HResult),
    };

    private static DiskErrorKind KindOf(int errno) => errno switch
    {
        2 or 20 => DiskErrorKind.NotFound, // ENOENT, ENOTDIR
        5 => DiskErrorKind.InputOutput, // EIO
        1 or 13 or 30 => DiskErrorKind.AccessDenied, // EPERM, EACCES, EROFS
        17 or 39 => DiskErrorKind.AlreadyExists, // EEXIST, ENOTEMPTY
        23 or 24 => DiskErrorKind.TooManyOpenFiles, // ENFILE, EMFILE
        28 or 122 => DiskErrorKind.NoSpace, // ENOSPC, EDQUOT
        _ => DiskErrorKind.Other,
    };
}
