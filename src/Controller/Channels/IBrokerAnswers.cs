namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// Takes the brokers' answers to the controller's requests, on the coordination loop. A request that could not be sent because of a bug of
/// ours counts as answered with UnknownServerError.
/// </summary>
internal interface IBrokerAnswers
{
    void OnLeaderAndIsr(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response);
    void OnUpdateMetadata(BrokerId broker, UpdateMetadataRequest request, UpdateMetadataResponse response);
    void OnStopReplica(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response);
}
