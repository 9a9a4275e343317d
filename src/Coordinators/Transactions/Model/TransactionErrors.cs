namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>What a failed append to the coordinator's log means to the producer that asked for it, as Kafka maps it.</summary>
internal static class TransactionErrors
{
    public static KafkaError OfAppend(KafkaError appendError) => appendError switch
    {
        KafkaError.UnknownTopicOrPartition or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend
            or KafkaError.RequestTimedOut => KafkaError.CoordinatorNotAvailable,
        KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch or KafkaError.KafkaStorageError => KafkaError.NotCoordinator,
        KafkaError.MessageTooLarge or KafkaError.RecordListTooLarge => KafkaError.UnknownServerError,
        _ => appendError,
    };
}
