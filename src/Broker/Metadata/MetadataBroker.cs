namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>
/// Where a broker is reached on one of its listeners. SecurityProtocol is by Kafka's number: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3
/// SASL_SSL.
/// </summary>
public sealed record MetadataEndpoint(string Listener, string Host, int Port, short SecurityProtocol);

/// <summary>A live broker.</summary>
public sealed record MetadataBroker(BrokerId Id, string? Rack, IReadOnlyList<MetadataEndpoint> Endpoints)
{
    private static readonly string[] SecurityProtocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

    /// <summary>Null when the broker has no listener of that name: a client of that listener is not told of the broker.</summary>
    public MetadataEndpoint? EndpointOn(string listener)
    {
        foreach (var endpoint in Endpoints)
        {
            if (string.Equals(endpoint.Listener, listener, StringComparison.Ordinal))
                return endpoint;
        }
        return null;
    }

    public static MetadataBroker From(UpdateMetadataRequest.UpdateMetadataBroker broker)
    {
        var endpoints = broker.Endpoints.ConvertAll(
            static endpoint => new MetadataEndpoint(ListenerOf(endpoint), endpoint.Host, endpoint.Port, endpoint.SecurityProtocol));
        if (endpoints.Count == 0 && broker.V0Host.Length > 0)
            endpoints.Add(new MetadataEndpoint(SecurityProtocols[0], broker.V0Host, broker.V0Port, 0));
        return new MetadataBroker(new BrokerId(broker.Id), broker.Rack, endpoints);
    }

    /// <summary>Before listeners had names they were called after their security protocol.</summary>
    private static string ListenerOf(UpdateMetadataRequest.UpdateMetadataEndpoint endpoint)
    {
        if (endpoint.Listener.Length > 0)
            return endpoint.Listener;
        return endpoint.SecurityProtocol is >= 0 and <= 3 ? SecurityProtocols[endpoint.SecurityProtocol] : "";
    }
}
