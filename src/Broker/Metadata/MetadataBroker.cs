namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>Where a broker is reached on one of its listeners.</summary>
public sealed record MetadataEndpoint
{
    public required string Listener { get; init; }
    public required string Host { get; init; }
    public required int Port { get; init; }
    public required SecurityProtocol SecurityProtocol { get; init; }
}

/// <summary>A live broker.</summary>
public sealed record MetadataBroker(BrokerId Id, string? Rack, IReadOnlyList<MetadataEndpoint> Endpoints)
{
    /// <summary>
    /// Null when the broker has no listener of that name; metadata for clients of that listener then leave the broker out.
    /// </summary>
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
        var endpoints = broker.Endpoints.ConvertAll(static endpoint => new MetadataEndpoint
        {
            Listener = ListenerOf(endpoint),
            Host = endpoint.Host,
            Port = endpoint.Port,
            SecurityProtocol = (SecurityProtocol)endpoint.SecurityProtocol,
        });
        // The first version of the request has one endpoint for each broker, without a listener.
        if (endpoints.Count == 0 && broker.V0Host.Length > 0)
            endpoints.Add(new MetadataEndpoint
            {
                Listener = SecurityProtocols.NameOf(SecurityProtocol.Plaintext)!,
                Host = broker.V0Host,
                Port = broker.V0Port,
                SecurityProtocol = SecurityProtocol.Plaintext,
            });
        return new MetadataBroker(new BrokerId(broker.Id), broker.Rack, endpoints);
    }

    /// <summary>Before listeners had names they were called after their security protocol.</summary>
    private static string ListenerOf(UpdateMetadataRequest.UpdateMetadataEndpoint endpoint)
        => endpoint.Listener.Length > 0
            ? endpoint.Listener
            : SecurityProtocols.NameOf((SecurityProtocol)endpoint.SecurityProtocol) ?? "";
}
