namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>Whether a copy has taken the place of a partition's log.</summary>
/// <param name="Failure">What the disk failed with: where it is done, behind that, in the dir of the log that was replaced.</param>
internal readonly record struct LogReplaced(bool IsDone, DiskError? Failure);
