namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>What a failed append means to the member that asked, as Kafka maps it.</summary>
internal static class GroupErrors
{
    public static KafkaError OfGroupRecord(KafkaError appendError) => appendError switch
    {
        KafkaError.UnknownTopicOrPartition or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend
            => KafkaError.CoordinatorNotAvailable,
        KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch or KafkaError.KafkaStorageError => KafkaError.NotCoordinator,
        KafkaError.RequestTimedOut => KafkaError.RebalanceInProgress,
        KafkaError.MessageTooLarge or KafkaError.RecordListTooLarge or KafkaError.InvalidFetchSize => KafkaError.UnknownServerError,
        _ => appendError,
    };

    /// <summary>The batch is in this leader's log; only its commit was not seen. Behind a bug of ours it may be there.</summary>
    public static bool MayBeCommitted(KafkaError appendError)
        => appendError is KafkaError.RequestTimedOut or KafkaError.NotEnoughReplicasAfterAppend or KafkaError.UnknownServerError;

    public static KafkaError OfOffsetRecords(KafkaError appendError) => appendError switch
    {
        KafkaError.UnknownTopicOrPartition or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend
            => KafkaError.CoordinatorNotAvailable,
        KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch or KafkaError.KafkaStorageError => KafkaError.NotCoordinator,
        KafkaError.MessageTooLarge or KafkaError.RecordListTooLarge or KafkaError.InvalidFetchSize => KafkaError.InvalidCommitOffsetSize,
        KafkaError.NetworkException => KafkaError.CoordinatorLoadInProgress,
        _ => appendError,
    };
}
