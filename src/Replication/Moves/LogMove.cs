using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Moving;

namespace KafkaCompatBroker.Replication.Moves;

/// <summary>One partition's move to another log dir, from the making of the copy to its taking the log's place. KIP-113.</summary>
internal sealed class LogMove(Partition partition, PartitionLog copy, string targetDir)
{
    public Partition Partition => partition;

    public LogCopy Copy { get; } = new(copy);

    public string TargetDir => targetDir;

    /// <summary>The log that the copy is of; null until the copying has begun. Touched only on the worker's loop.</summary>
    public ReadOnlyLog? Source { get; set; }

    /// <summary>Nothing is copied before that timestamp. Touched only on the worker's loop.</summary>
    public long DelayedUntil { get; set; }
}
