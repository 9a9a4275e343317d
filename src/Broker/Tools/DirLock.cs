using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>
/// Whether a broker, ours or a Kafka, runs on the log dir that a path is in: it holds the lock of the dir's <c>.lock</c>.
/// </summary>
internal static class DirLock
{
    /// <summary>Looks, and makes no file.</summary>
    public static bool IsHeld(IDisk disk, string path)
    {
        if (LogInspector.LogDirOf(disk, path) is not { } dir || !disk.FileExists(Path.Combine(dir, LogDir.LockFile)))
            return false;
        try
        {
            using var held = disk.TryLock(Path.Combine(dir, LogDir.LockFile));
            return held is null;
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.AccessDenied)
        {
            // Who may only read the files cannot ask.
            return false;
        }
    }

    /// <summary>
    /// Takes the lock for as long as the result lives, as a broker does; a path outside of a log dir, such as a copy of one partition, has
    /// none. False when a broker runs there.
    /// </summary>
    public static bool TryTake(IDisk disk, string path, out IDisposable? taken)
    {
        taken = null;
        if (LogInspector.LogDirOf(disk, path) is not { } dir)
            return true;
        taken = disk.TryLock(Path.Combine(dir, LogDir.LockFile));
        return taken is not null;
    }
}
