using KafkaCompatBroker.Controller.Channels;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The channel to another broker. Brokers do not talk to each other yet, so nothing is delivered, and the controller says so in its log.
/// </summary>
public sealed class UnreachableBroker : IBrokerChannel
{
    public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => throw NotDelivered();

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request) => throw NotDelivered();

    public Task<StopReplicaResponse> Send(StopReplicaRequest request) => throw NotDelivered();

    public void Dispose()
    {
    }

    private static ChannelFailed NotDelivered() => new("requests from broker to broker are not built yet");
}
