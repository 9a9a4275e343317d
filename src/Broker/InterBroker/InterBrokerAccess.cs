using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// From whom requests are taken that only brokers send: who asks on a listener that brokers use, from the address of a registered broker or
/// one that <c>inter.broker.allowed.addresses</c> names. Kafka without an authorizer takes them from everybody, and one of them with a high
/// epoch makes a broker deaf to its real controller. Callable from anywhere.
/// </summary>
public sealed class InterBrokerAccess(BrokerConfig config, BrokerAddresses brokers, ILog log) : IInterBrokerAccess
{
    private readonly IReadOnlyList<IPNetwork> allowed = config.InterBrokerAllowedNetworks;

    public async ValueTask<bool> Allows(RequestContext context, ApiKey api)
    {
        var address = context.RemoteEndPoint.Address;
        if (context.IsInterBroker && (allowed.Any(network => network.Contains(address)) || await brokers.Contains(address)))
            return true;
        log.Warn(
            "request", $"refused: api={api} listener={context.Listener} remote={context.RemoteEndPoint} "
            + $"clientId={Printable.Of(context.ClientId)} reason="
            + (context.IsInterBroker
                ? "no registered broker has this address; if one does behind another address, name it in inter.broker.allowed.addresses"
                : "brokers do not use this listener"));
        return false;
    }
}
