using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>What <see cref="LogDirs"/> works with.</summary>
public sealed class LogDirsOptions
{
    /// <summary><c>log.dirs</c></summary>
    public required IReadOnlyList<string> Paths { get; init; }
    public required IDisk Disk { get; init; }
    public required TimeProvider Time { get; init; }
    public required Random Random { get; init; }
    public ILog Log { get; init; } = NoLog.Instance;
    /// <summary><c>producer.id.expiration.ms</c> as it is now; asked on the loops of partitions.</summary>
    public Func<long> ProducerIdExpirationMs { get; init; } = static () => 24L * 3600 * 1000;
    /// <summary><c>transaction.partition.verification.enable</c> as it is now; asked on the loops of partitions.</summary>
    public Func<bool> VerifiesTransactions { get; init; } = static () => false;
    /// <summary>How many producers all logs remember together.</summary>
    public ProducerBudget Producers { get; init; } = new(int.MaxValue);
    /// <summary>Folders in a log dir that are another part's; all that is neither these nor a partition's stops the start.</summary>
    public IReadOnlySet<string> OtherFolders { get; init; } = new HashSet<string>();
    /// <summary>
    /// Where work runs that may take long and nobody waits for: deletions, flushes of whole segments. Without one it is done at once.
    /// </summary>
    public ILoop? DiskLoop { get; init; }
    /// <summary>
    /// Makes the loops that each dir's flushes for <c>flush.messages</c> and <c>flush.ms</c> run on. Without it they are done at once.
    /// </summary>
    public ILoops? FlushLoops { get; init; }
    /// <summary>See <see cref="LogDirs.ReportTo"/>.</summary>
    internal Action<DiskError>? OnDiskError { get; set; }
}
