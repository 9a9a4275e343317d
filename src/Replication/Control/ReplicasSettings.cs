using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Cleaning;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>What <see cref="Replicas"/> works with.</summary>
public sealed record ReplicasSettings
{
    public required ReplicationOptions Options { get; init; }
    public required ILoops Loops { get; init; }
    /// <summary>Loaded; touched on the replicas' loop alone from the making of <see cref="Replicas"/> on.</summary>
    public required LogDirs LogDirs { get; init; }
    public required ILog Log { get; init; }
    public required ILiveBrokers LiveBrokers { get; init; }
    /// <summary>Null for a broker that runs alone: nothing is copied from others, and no ISR changes.</summary>
    public OtherBrokers? OtherBrokers { get; init; }
    /// <summary>A topic's settings on top of the broker's.</summary>
    public required Func<string, LogConfig> ConfigOf { get; init; }
    /// <summary>Makes the cleaner of the logs; null for <c>log.cleaner.enable=false</c>.</summary>
    public Func<ICleanedLogs, LogCleaner>? CleanerOf { get; init; }
    /// <summary>
    /// Whether what is led may be appended to now; asked on any partition's loop. When it may not, others may be leaders by then.
    /// </summary>
    public Func<bool> MayLead { get; init; } = static () => true;
    /// <summary>Called on the replicas' loop for each log dir that fails while others are left: the controller wants to know.</summary>
    public required Action DirLost { get; init; }
    /// <summary>Called on the replicas' loop when no log dir is left: the broker must stop.</summary>
    public required Action LastDirLost { get; init; }
    /// <summary>
    /// Called on the replicas' loop when a log dir may be another broker's by now, before any other consequence: this one must stop and
    /// write nothing there.
    /// </summary>
    public required Action<DiskError> LockLost { get; init; }
}
