using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// Brings what this broker asks the controller to wherever the controller is, for one purpose: to its own broker in-process, to another
/// over a connection. The controller is whom the metadata name, as in Kafka, and whom ZooKeeper names while they name nobody or one who
/// says that he is not. Used on its loop, one request at a time.
/// </summary>
/// <param name="controllerInZooKeeper">Who is controller as far as this broker has seen in ZooKeeper; None when nobody is.</param>
/// <param name="own">This broker's controller, active or not, which may be made later than this.</param>
/// <param name="clientId">What the controller's broker logs us by.</param>
internal sealed class ControllerChannel(
    BrokerClients clients, MetadataCache metadata, Func<BrokerId> controllerInZooKeeper, Func<IControllerApi> own, string clientId,
    ILoop loop)
    : IDisposable
{
    private BrokerClient? client;
    private bool isClosed;
    private BrokerId clientOf = BrokerId.None;
    private BrokerId asked = BrokerId.None;
    private BrokerId refusedBy = BrokerId.None;

    /// <summary>The controller's answer.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="version">At which version another broker is asked.</param>
    /// <param name="locally">How this broker's controller is asked.</param>
    /// <exception cref="BrokerUnreachable">There is none: no controller is known, or it does not answer.</exception>
    public async Task<TResponse> Ask<TRequest, TResponse>(
        TRequest request, short version, Func<IControllerApi, TRequest, Task<TResponse>> locally)
        where TRequest : IRequest<TRequest, TResponse>
        where TResponse : IMessage<TResponse>
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            throw new BrokerUnreachable("this broker stops");
        asked = Controller();
        if (asked == BrokerId.None)
            throw new BrokerUnreachable("no broker is known to be controller");
        if (asked == clients.Self)
            return await locally(own(), request);
        return await ClientOf(asked).Send<TRequest, TResponse>(request, version);
    }

    /// <summary>The one who answered last is not the controller.</summary>
    public void NoteNotController()
    {
        Invariant.Holds(loop.IsCurrent);
        refusedBy = asked;
    }

    public void Dispose()
    {
        Invariant.Holds(loop.IsCurrent);
        isClosed = true;
        client?.Dispose();
    }

    private BrokerId Controller()
    {
        var told = metadata.Image.Controller;
        return told != BrokerId.None && told != refusedBy || controllerInZooKeeper() is not { Value: >= 0 } seen ? told : seen;
    }

    private BrokerClient ClientOf(BrokerId controller)
    {
        if (client is not null && clientOf == controller)
            return client;
        client?.Dispose();
        clientOf = controller;
        return client = clients.Create(() => AddressOf(controller), clientId, clients.ControllerConnectTimeout, loop);
    }

    private BrokerAddress AddressOf(BrokerId controller)
        => metadata.Image.TryGetBroker(controller, out var broker)
            ? BrokerAddress.Of(controller, clients.ControllerListener, broker.EndpointOn(clients.ControllerListener) is { } endpoint
                ? (endpoint.Host, endpoint.Port, endpoint.SecurityProtocol)
                : null)
            : BrokerAddress.None($"broker {controller}, which is controller, is not among the live brokers that this one has been told of");
}
