namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>What became of a decision of the controller that a partition was to carry out.</summary>
public enum RoleChange
{
    Done = 0,
    /// <summary>Nothing changed: the partition knows a newer partition epoch.</summary>
    OlderPartitionEpoch,
    /// <summary>The log dir is offline, or has just failed: the partition serves nothing.</summary>
    LogDirOffline,
}
