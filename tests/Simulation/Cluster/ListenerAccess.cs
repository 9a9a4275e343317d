using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>Takes for a broker whoever comes in where brokers do.</summary>
public sealed class ListenerAccess : IInterBrokerAccess
{
    public ValueTask<bool> Allows(RequestContext context, ApiKey api) => ValueTask.FromResult(context.IsInterBroker);
}
