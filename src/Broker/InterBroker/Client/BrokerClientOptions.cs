namespace KafkaCompatBroker.Broker.InterBroker.Client;

/// <summary>To whom a <see cref="BrokerClient"/> speaks, as whom, and what bounds it.</summary>
internal sealed record BrokerClientOptions
{
    public required INetwork Network { get; init; }
    public required TimeProvider Time { get; init; }
    /// <summary>Chooses among the addresses of a host.</summary>
    public required Random Random { get; init; }
    /// <summary>Where the broker is reached now; asked for at each attempt to connect.</summary>
    public required Func<BrokerAddress> AddressOfPeer { get; init; }
    /// <summary>What the broker at the other end logs us by.</summary>
    public required string ClientId { get; init; }
    /// <summary>How long a connection may take, with the look-up of the host.</summary>
    public required TimeSpan ConnectTimeout { get; init; }
    /// <summary>How long an answer may take from the beginning of the request's sending.</summary>
    public required TimeSpan RequestTimeout { get; init; }
    /// <summary>How large an answer may be.</summary>
    public required int AnswerMaxBytes { get; init; }
}
