namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The requests of one batch to one broker, sent in this order, as Kafka does: who leads and follows what, then the metadata that clients
/// are told, then which replicas stop. Null where the batch has nothing of a kind for the broker.
/// </summary>
internal sealed record BrokerRequests(
    LeaderAndIsrRequest? LeaderAndIsr, UpdateMetadataRequest? UpdateMetadata, StopReplicaRequest? StopReplica)
{
    public bool IsEmpty => this is { LeaderAndIsr: null, UpdateMetadata: null, StopReplica: null };
}
