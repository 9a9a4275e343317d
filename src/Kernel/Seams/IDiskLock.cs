namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>The exclusive lock on a file, held until it is disposed.</summary>
public interface IDiskLock : IDisposable
{
    /// <summary>
    /// Whether the path still names the file that is locked. When that was deleted or replaced, another process gets the lock of whatever
    /// the path names. Throws <see cref="DiskError"/>.
    /// </summary>
    bool IsInPlace();
}
