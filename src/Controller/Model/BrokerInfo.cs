namespace KafkaCompatBroker.Controller.Model;

/// <summary>One advertised listener. SecurityProtocol is by Kafka's number: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.</summary>
public sealed record BrokerEndpoint(string Listener, string Host, int Port, short SecurityProtocol);

/// <summary>What a broker registers about itself.</summary>
public sealed record BrokerInfo(BrokerId Id, IReadOnlyList<BrokerEndpoint> Endpoints, string? Rack = null, int JmxPort = -1);

/// <summary>A registered broker and the epoch (czxid) of its registration. KIP-380.</summary>
public sealed record LiveBroker(BrokerInfo Info, BrokerEpoch Epoch)
{
    public BrokerId Id => Info.Id;

    /// <summary>The endpoint of a listener, null when the broker has none of that name.</summary>
    public BrokerEndpoint? EndpointOf(string listener)
        => Info.Endpoints.FirstOrDefault(endpoint => string.Equals(endpoint.Listener, listener, StringComparison.Ordinal));
}
