using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller;

namespace KafkaCompatBroker.Broker.Control;

/// <summary>
/// The controller's way to the broker it lives in: the same three requests that another broker gets over the wire, obeyed in order behind the same fences.
/// </summary>
public sealed class LocalBrokerChannel(Replication.Replicas replicas, MetadataCache metadata) : IBrokerChannel
{
    public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => replicas.Apply(request);

    public Task<StopReplicaResponse> Send(StopReplicaRequest request) => replicas.Apply(request);

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request)
        => replicas.Requests.InTurn(() => Task.FromResult(new UpdateMetadataResponse { ErrorCode = Apply(request) }));

    public void Dispose()
    {
    }

    private KafkaError Apply(UpdateMetadataRequest request)
    {
        var refused = replicas.Requests.Fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (refused == KafkaError.None)
            metadata.Apply(request);
        return refused;
    }
}
