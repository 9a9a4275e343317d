namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What a partition does for the leader's part of it and for the appends and deletions that come to it. Called on the partition's loop.
/// </summary>
internal interface ILedPartition : IPublishedPartition
{
    /// <summary>Zero when the controller gave none.</summary>
    TopicId TopicId { get; }

    /// <summary>Of the newest decision of the controller that is known here.</summary>
    PartitionEpoch PartitionEpoch { get; }

    /// <summary>Whether this broker leads, and in that epoch.</summary>
    bool IsLedIn(LeaderEpoch leaderEpoch);

    /// <summary>Carries out an append, or refuses it when this broker does not lead.</summary>
    void Run(LeaderAppend append);

    /// <summary>Carries out a deletion of records, or refuses it when this broker does not lead.</summary>
    void Run(RecordDeletion deletion);

    /// <summary>Takes in what a follower's fetch tells, if this broker leads.</summary>
    void Record(in FollowerFetch fetch);

    /// <summary>The controller has committed an ISR that the leader proposed.</summary>
    void CommitIsr(Isr isr, PartitionEpoch partitionEpoch);

    /// <summary>A disk operation failed: the partition goes offline, which refuses all that waits, before this returns.</summary>
    void Fail(DiskError error);
}
