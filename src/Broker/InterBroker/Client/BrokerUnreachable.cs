namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>
/// A request to another broker has no answer: there is no connection, it was lost, the time is over, or what came is no answer. The request
/// may have been carried out.
/// </summary>
internal sealed class BrokerUnreachable(string reason) : IOException(reason);
