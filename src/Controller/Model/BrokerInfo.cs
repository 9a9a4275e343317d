namespace KafkaCompatBroker.Controller.Model;

/// <summary>One advertised listener of a broker.</summary>
public sealed record BrokerEndpoint
{
    public required string Listener { get; init; }
    public required string Host { get; init; }
    public required int Port { get; init; }
    public required SecurityProtocol SecurityProtocol { get; init; }
}

/// <summary>What a broker registers about itself under <c>/brokers/ids</c>.</summary>
public sealed record BrokerInfo
{
    public required BrokerId Id { get; init; }
    public required IReadOnlyList<BrokerEndpoint> Endpoints { get; init; }
    /// <summary><c>broker.rack</c>; null without one.</summary>
    public string? Rack { get; init; }
    /// <summary>The port of Java's management interface, −1 for none.</summary>
    public int JmxPort { get; init; } = -1;
    /// <summary>Up to which level it supports <see cref="TransactionVersionFeature"/>; 0 for a broker without the feature.</summary>
    public short TransactionVersionMax { get; init; }

    /// <summary>Whether others reach both in the same way, and both support the same.</summary>
    public bool OffersTheSameAs(BrokerInfo other)
        => TransactionVersionMax == other.TransactionVersionMax && Endpoints.SequenceEqual(other.Endpoints);
}

/// <summary>A registered broker and the epoch (czxid) of its registration. KIP-380.</summary>
public sealed record LiveBroker(BrokerInfo Info, BrokerEpoch Epoch)
{
    public BrokerId Id => Info.Id;

    /// <summary>The endpoint of a listener, null when the broker has none of that name.</summary>
    public BrokerEndpoint? EndpointOf(string listener)
        => Info.Endpoints.FirstOrDefault(endpoint => string.Equals(endpoint.Listener, listener, StringComparison.Ordinal));
}
