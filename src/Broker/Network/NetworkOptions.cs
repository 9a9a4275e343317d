using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>What bounds connections and requests; named by Kafka's setting where there is one, whose table states the default.</summary>
public sealed record NetworkOptions
{
    /// <summary><c>socket.request.max.bytes</c>: a larger announced frame closes the connection.</summary>
    public required int SocketRequestMaxBytes { get; init; }
    /// <summary><c>socket.send.buffer.bytes</c>; −1 leaves it to the system.</summary>
    public required int SocketSendBufferBytes { get; init; }
    /// <summary><c>socket.receive.buffer.bytes</c>; −1 leaves it to the system.</summary>
    public required int SocketReceiveBufferBytes { get; init; }
    /// <summary><c>socket.listen.backlog.size</c>.</summary>
    public required int SocketListenBacklogSize { get; init; }
    /// <summary><c>max.connections</c>: at the limit, new ones wait in the backlog.</summary>
    public required int MaxConnections { get; init; }
    /// <summary><c>max.connections.per.ip</c>: one more is closed at once.</summary>
    public required int MaxConnectionsPerIp { get; init; }
    /// <summary><c>max.connections.per.ip.overrides</c>, by host.</summary>
    public required IReadOnlyDictionary<string, int> MaxConnectionsPerIpOverrides { get; init; }
    /// <summary><c>max.connection.creation.rate</c>: connections a second over all listeners; more wait to be taken.</summary>
    public required int MaxConnectionCreationRate { get; init; }
    /// <summary><c>quota.window.size.seconds</c>: over samples of that length rates are measured.</summary>
    public required TimeSpan QuotaSample { get; init; }
    /// <summary><c>quota.window.num</c>: over so many of them.</summary>
    public required int QuotaSampleCount { get; init; }
    /// <summary>
    /// <c>connections.max.idle.ms</c>: how long no byte may come or go, however much of a request is missing or of an answer not taken;
    /// negative never closes an idle connection.
    /// </summary>
    public required long ConnectionsMaxIdleMs { get; init; }
    /// <summary>
    /// <c>queued.max.request.bytes</c>: memory for requests received and answers not taken, over all connections. Kafka's −1 stands here
    /// for a quarter of the memory.
    /// </summary>
    public required long QueuedMaxRequestBytes { get; init; }
    /// <summary>Requests of one connection that overlap; beyond it reading pauses.</summary>
    public required int InFlightMaxRequests { get; init; }

    public static NetworkOptions From(BrokerConfig config) => new()
    {
        SocketRequestMaxBytes = config.SocketRequestMaxBytes,
        SocketSendBufferBytes = config.SocketSendBufferBytes,
        SocketReceiveBufferBytes = config.SocketReceiveBufferBytes,
        SocketListenBacklogSize = config.SocketListenBacklogSize,
        MaxConnections = config.MaxConnections,
        MaxConnectionsPerIp = config.MaxConnectionsPerIp,
        MaxConnectionsPerIpOverrides = config.MaxConnectionsPerIpOverrides,
        MaxConnectionCreationRate = config.MaxConnectionCreationRate,
        QuotaSample = TimeSpan.FromSeconds(config.QuotaWindowSizeSeconds),
        QuotaSampleCount = config.QuotaWindowNum,
        ConnectionsMaxIdleMs = config.ConnectionsMaxIdleMs,
        QueuedMaxRequestBytes = config.QueuedMaxRequestBytes,
        InFlightMaxRequests = Limits.RequestsInFlightPerConnection,
    };

    /// <summary>What bounds the requests received and the answers not taken, in bytes.</summary>
    /// <param name="memoryBytes">Memory that the process may use.</param>
    public long RequestBytes(long memoryBytes) => QueuedMaxRequestBytes > 0 ? QueuedMaxRequestBytes : memoryBytes / 4;

    internal void Check() => Invariant.Holds(SocketRequestMaxBytes > 0 && InFlightMaxRequests > 0);
}
