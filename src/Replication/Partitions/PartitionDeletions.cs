using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>Brings deletions of records to a partition, from any thread.</summary>
public static class PartitionDeletions
{
    /// <summary>
    /// Raises the log's start as leader, and waits until all live replicas have raised theirs as far. OffsetOutOfRange past the high
    /// watermark, PolicyViolation for a topic that is only compacted.
    /// </summary>
    /// <param name="offset">The first offset that stays; −1 is the high watermark.</param>
    /// <param name="timeout">How long to wait; then RequestTimedOut, with the log's start raised here.</param>
    public static Task<DeletionOutcome> DeleteRecordsBefore(this Partition partition, long offset, TimeSpan timeout)
    {
        var deletion = new RecordDeletion(partition, offset, timeout);
        partition.Loop.RunOrPost(deletion);
        return deletion.Outcome;
    }
}
