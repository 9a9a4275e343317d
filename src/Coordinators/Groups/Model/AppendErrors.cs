namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>What a failed append means to the client that asked for it, as Kafka maps it.</summary>
public static class AppendErrors
{
    /// <summary>For a group's own record, which a joining or syncing member waits for.</summary>
    public static KafkaError OfGroupRecord(KafkaError appendError) => appendError switch
    {
        KafkaError.UnknownTopicOrPartition or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend
            => KafkaError.CoordinatorNotAvailable,
        KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch or KafkaError.KafkaStorageError => KafkaError.NotCoordinator,
        KafkaError.RequestTimedOut => KafkaError.RebalanceInProgress,
        KafkaError.MessageTooLarge or KafkaError.RecordListTooLarge or KafkaError.InvalidFetchSize => KafkaError.UnknownServerError,
        _ => appendError,
    };

    /// <summary>For committed offsets, and for tombstones of offsets and groups.</summary>
    public static KafkaError OfOffsetRecords(KafkaError appendError) => appendError switch
    {
        KafkaError.UnknownTopicOrPartition or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend
            => KafkaError.CoordinatorNotAvailable,
        KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch or KafkaError.KafkaStorageError => KafkaError.NotCoordinator,
        KafkaError.MessageTooLarge or KafkaError.RecordListTooLarge or KafkaError.InvalidFetchSize => KafkaError.InvalidCommitOffsetSize,
        KafkaError.NetworkException => KafkaError.CoordinatorLoadInProgress,
        _ => appendError,
    };

    /// <summary>
    /// True when the records may be in the leader's log all the same: the append was made and its commit not seen, or a bug of ours hides
    /// how it went.
    /// </summary>
    public static bool MayBeCommitted(KafkaError appendError)
        => appendError is KafkaError.RequestTimedOut or KafkaError.NotEnoughReplicasAfterAppend or KafkaError.UnknownServerError;
}
