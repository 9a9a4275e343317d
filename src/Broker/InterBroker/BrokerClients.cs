using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Broker.Metadata;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// What all of this broker's clients of other brokers have in common. Each client is made with the loop that it is used on.
/// </summary>
internal sealed record BrokerClients
{
    public required BrokerId Self { get; init; }
    public required INetwork Network { get; init; }
    public required ILoops Loops { get; init; }
    public required Random Random { get; init; }
    /// <summary>Dictates the versions of requests.</summary>
    public required MetadataVersion Protocol { get; init; }
    /// <summary>By which listener brokers reach each other.</summary>
    public required string InterBrokerListener { get; init; }
    /// <summary>By which listener the controller reaches brokers, and brokers the controller.</summary>
    public required string ControllerListener { get; init; }
    /// <summary><c>request.timeout.ms</c></summary>
    public required TimeSpan RequestTimeout { get; init; }
    /// <summary><c>controller.socket.timeout.ms</c>: how long a connection with the controller may take to be made.</summary>
    public required TimeSpan ControllerConnectTimeout { get; init; }
    /// <summary><c>replica.socket.timeout.ms</c>: how long a connection to a leader may take to be made.</summary>
    public required TimeSpan LeaderConnectTimeout { get; init; }
    /// <summary>How large an answer may be; as large as a request, which <c>socket.request.max.bytes</c> bounds.</summary>
    public required int AnswerMaxBytes { get; init; }

    /// <summary>Where another broker is reached by the brokers' listener.</summary>
    public BrokerAddress AddressOf(MetadataImage image, BrokerId broker)
        => image.TryGetBroker(broker, out var live)
            ? BrokerAddress.Of(
                broker, InterBrokerListener,
                live.EndpointOn(InterBrokerListener) is { } endpoint ? (endpoint.Host, endpoint.Port, endpoint.SecurityProtocol) : null)
            : BrokerAddress.None($"broker {broker} is not among the live brokers that the controller has told of");

    /// <summary>A client for one purpose, which nothing is sent by before its first request.</summary>
    /// <param name="addressOfPeer">Where the peer is reached now.</param>
    /// <param name="clientId">What the peer logs us by.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    /// <param name="loop">Where it is used.</param>
    public BrokerClient Create(Func<BrokerAddress> addressOfPeer, string clientId, TimeSpan connectTimeout, ILoop loop) => new(
        new BrokerClientOptions
        {
            Network = Network,
            Time = Loops.Time,
            Random = Random,
            AddressOfPeer = addressOfPeer,
            ClientId = clientId,
            ConnectTimeout = connectTimeout,
            RequestTimeout = RequestTimeout,
            AnswerMaxBytes = AnswerMaxBytes,
        },
        loop);
}
