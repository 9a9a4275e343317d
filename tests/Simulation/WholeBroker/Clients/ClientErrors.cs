namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>How clients take errors.</summary>
internal static class ClientErrors
{
    /// <summary>What a broker may answer while it starts, stops, or has lost a log dir: the client asks again.</summary>
    public static bool IsTransient(KafkaError error) => error is KafkaError.UnknownTopicOrPartition or KafkaError.UnknownTopicId
        or KafkaError.NotLeaderOrFollower or KafkaError.LeaderNotAvailable or KafkaError.KafkaStorageError or KafkaError.RequestTimedOut
        or KafkaError.NotEnoughReplicas or KafkaError.NotEnoughReplicasAfterAppend or KafkaError.CoordinatorNotAvailable
        or KafkaError.CoordinatorLoadInProgress or KafkaError.NotCoordinator or KafkaError.NotController
        or KafkaError.FencedLeaderEpoch or KafkaError.UnknownLeaderEpoch or KafkaError.InconsistentTopicId
        or KafkaError.OffsetNotAvailable;
}
