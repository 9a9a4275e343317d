namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a partition does for the leader's part of it and for the appends that come to it. Called on the partition's loop.
/// </summary>
internal interface ILedPartition
{
    /// <summary>Exclusive.</summary>
    long HighWatermark { get; }

    /// <summary>Carries out an append, or refuses it when this broker does not lead.</summary>
    void Run(LeaderAppend append);

    /// <summary>Shows readers the log as it is and this high watermark. A producer hears of a commit only after readers see it.</summary>
    void Publish(long highWatermark);

    /// <summary>A disk operation failed: the partition goes offline, which refuses all that waits, before this returns.</summary>
    void Fail(DiskError error);
}
