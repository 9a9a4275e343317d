using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What a log needs to open: its folder, its seams, and what the log dir's checkpoints say of it.</summary>
public sealed record LogOpenOptions
{
    public required TopicPartition Partition { get; init; }
    /// <summary>The partition's folder; it exists.</summary>
    public required string Directory { get; init; }
    public required IDisk Disk { get; init; }
    public required TimeProvider Time { get; init; }
    public required Random Random { get; init; }
    public ILog Log { get; init; } = NoLog.Instance;
    public LogConfig Config { get; init; } = LogConfig.Default;
    /// <summary>The last one closed the log properly, so its files are believed.</summary>
    public bool IsCleanShutdown { get; init; }
    public long RecoveryPoint { get; init; }
    public long LogStartOffset { get; init; }
    /// <summary>As it was last written; only to tell what is gone.</summary>
    public long HighWatermark { get; init; }
    /// <summary>As the cleaner's checkpoint has it; −1 when it has none, and the log has never been compacted.</summary>
    public long FirstDirtyOffset { get; init; } = -1;
    /// <summary><c>producer.id.expiration.ms</c> as it is now.</summary>
    public Func<long> ProducerIdExpirationMs { get; init; } = static () => 24L * 3600 * 1000;
    /// <summary><c>transaction.partition.verification.enable</c> as it is now: whether a leader's log wants guards. KIP-890.</summary>
    public Func<bool> VerifiesTransactions { get; init; } = static () => false;
    /// <summary>How many producers all logs of the broker remember together.</summary>
    public ProducerBudget Producers { get; init; } = new(int.MaxValue);
    /// <summary>Where flushes of whole segments and deletions run; without one they are done at once.</summary>
    public ILoop? DiskLoop { get; init; }
    /// <summary>
    /// Runs the flushes that <c>flush.messages</c> and <c>flush.ms</c> ask for while a loop has the log; without one they are done at once.
    /// </summary>
    public LogFlusher? Flusher { get; init; }
    /// <summary>Told of segments that are read through while the log is opened.</summary>
    internal LoadingProgress? Progress { get; init; }
    /// <summary>Told of a disk error in work that no caller waits for.</summary>
    public Action<DiskError>? OnDiskError { get; init; }

    /// <summary>Whether records in the middle may be missing rightly: the log is compacted, or was.</summary>
    internal bool MayHaveHoles => Config.IsCompacted || FirstDirtyOffset >= 0;

    internal SegmentOptions ForSegments(LogConfig config) => new()
    {
        Disk = Disk,
        Directory = Directory,
        Time = Time,
        IndexIntervalBytes = config.IndexIntervalBytes,
        IndexMaxBytes = config.SegmentIndexBytes,
        PreallocatedBytes = config.Preallocate ? config.SegmentBytes : 0,
    };
}
