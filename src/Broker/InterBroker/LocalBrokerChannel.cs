using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The controller's channel to the broker that it lives in: hands over, in-process, the same requests that another broker gets over the
/// wire.
/// </summary>
public sealed class LocalBrokerChannel(ControllerRequestApplier applier) : IBrokerChannel
{
    public async Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request)
    {
        try
        {
            return await applier.Apply(request);
        }
        catch (ZooKeeperFailed failed)
        {
            // Nothing of it was applied, so it counts as not delivered, and the controller sends it again.
            throw new ChannelFailed(failed.Message);
        }
    }

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request) => applier.Apply(request);

    public Task<StopReplicaResponse> Send(StopReplicaRequest request) => applier.Apply(request);

    public void Move(LiveBroker broker)
    {
    }

    public void Dispose()
    {
    }
}
