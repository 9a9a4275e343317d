using KafkaCompatBroker.Kernel;

namespace KafkaCompatBroker.Storage;

/// <summary>What <see cref="LogDirs"/> works with.</summary>
public sealed class LogDirsOptions
{
    /// <summary><c>log.dirs</c></summary>
    public required IReadOnlyList<string> Paths { get; init; }
    public required IDisk Disk { get; init; }
    public required TimeProvider Time { get; init; }
    public required Random Random { get; init; }
    public ILog Log { get; init; } = NoLog.Instance;
    /// <summary><c>producer.id.expiration.ms</c></summary>
    public long ProducerIdExpirationMs { get; init; } = 24L * 3600 * 1000;
    /// <summary>Folders in a log dir that are another part's; all that is neither these nor a partition's stops the start.</summary>
    public IReadOnlySet<string> OtherFolders { get; init; } = new HashSet<string>();
    /// <summary>See <see cref="LogDirs.AttachTo"/>; without them delayed work is done at once and nobody is told.</summary>
    internal ILoop? Loop { get; set; }
    internal Action<DiskError>? OnDiskError { get; set; }

    internal void Defer(TimeSpan delay, Action work)
    {
        if (Loop is { } loop)
            loop.Schedule(delay, work);
        else
            work();
    }
}
