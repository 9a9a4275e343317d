namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>Where a broker is reached, or why it cannot be.</summary>
internal readonly record struct BrokerAddress
{
    public string Host { get; private init; }

    public int Port { get; private init; }

    /// <summary>Null where there is an address.</summary>
    public string? Unreachable { get; private init; }

    /// <param name="broker">Whose endpoint it is.</param>
    /// <param name="listener">The name of the listener that brokers of this cluster use.</param>
    /// <param name="endpoint">What the broker advertises for it; null when it has none of that name.</param>
    public static BrokerAddress Of(BrokerId broker, string listener, (string Host, int Port, SecurityProtocol Protocol)? endpoint)
        => endpoint switch
        {
            null => None($"broker {broker} advertises no listener {listener}, which brokers use among themselves here"),
            { Protocol: not SecurityProtocol.Plaintext } other => None(
                $"listener {listener} of broker {broker} asks for {SecurityProtocols.NameOf(other.Protocol)}; only PLAINTEXT is built"),
            { Host: var host, Port: var port } => new BrokerAddress { Host = host, Port = port },
        };

    public static BrokerAddress None(string why) => new() { Host = "", Unreachable = why };

    public override string ToString() => Unreachable ?? $"{Host}:{Port}";
}
