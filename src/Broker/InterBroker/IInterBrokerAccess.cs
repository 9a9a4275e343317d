using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>From whom requests are taken that only brokers send. Callable from anywhere.</summary>
public interface IInterBrokerAccess
{
    /// <summary>False refuses the request as Kafka refuses a peer that is not authorized, and is logged.</summary>
    ValueTask<bool> Allows(RequestContext context, ApiKey api);
}
