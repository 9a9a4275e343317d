using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The controller's channel to another broker: one connection, and requests at the versions that <c>inter.broker.protocol.version</c>
/// dictates. Used on the coordination loop.
/// </summary>
internal sealed class RemoteBrokerChannel : IBrokerChannel
{
    private readonly BrokerClient client;
    private readonly MetadataVersion protocol;
    private readonly string listener;
    private BrokerAddress address;

    /// <param name="broker">Whose registration says where to reach it.</param>
    public RemoteBrokerChannel(LiveBroker broker, BrokerClients clients, ILoop loop)
    {
        (protocol, listener) = (clients.Protocol, clients.ControllerListener);
        address = AddressOf(broker);
        client = clients.Create(() => address, $"{clients.Self}", clients.ControllerConnectTimeout, loop);
    }

    public void Move(LiveBroker broker) => address = AddressOf(broker);

    public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request)
    {
        var version = InterBrokerVersions.Of(ApiKey.LeaderAndIsr, protocol);
        return Deliver<LeaderAndIsrRequest, LeaderAndIsrResponse>(request.InShapeOf(version), version);
    }

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request)
    {
        var version = InterBrokerVersions.Of(ApiKey.UpdateMetadata, protocol);
        return Deliver<UpdateMetadataRequest, UpdateMetadataResponse>(request.InShapeOf(version), version);
    }

    /// <summary>Where an older version takes two requests for it, their answers are one.</summary>
    public async Task<StopReplicaResponse> Send(StopReplicaRequest request)
    {
        var version = InterBrokerVersions.Of(ApiKey.StopReplica, protocol);
        var all = new StopReplicaResponse();
        foreach (var part in request.InShapesOf(version))
        {
            var response = await Deliver<StopReplicaRequest, StopReplicaResponse>(part, version);
            if (response.ErrorCode != KafkaError.None)
                return response;
            all.PartitionErrors.AddRange(response.PartitionErrors);
        }
        return all;
    }

    public void Dispose() => client.Dispose();

    private BrokerAddress AddressOf(LiveBroker broker)
    {
        var endpoint = broker.EndpointOf(listener);
        return BrokerAddress.Of(
            broker.Id, listener, endpoint is null ? null : (endpoint.Host, endpoint.Port, endpoint.SecurityProtocol));
    }

    private async Task<TResponse> Deliver<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest, TResponse>
        where TResponse : IMessage<TResponse>
    {
        try
        {
            return await client.Send<TRequest, TResponse>(request, version);
        }
        catch (BrokerUnreachable unreachable)
        {
            throw new ChannelFailed(unreachable.Message);
        }
    }
}
