using System.Net;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>What bounds connections and requests; named by Kafka's setting where there is one.</summary>
public sealed record NetworkOptions
{
    /// <summary><c>socket.request.max.bytes</c>: a larger announced frame closes the connection.</summary>
    public int SocketRequestMaxBytes { get; init; } = 100 * 1024 * 1024;
    /// <summary><c>socket.send.buffer.bytes</c>; −1 leaves it to the system.</summary>
    public int SocketSendBufferBytes { get; init; } = 100 * 1024;
    /// <summary><c>socket.receive.buffer.bytes</c>; −1 leaves it to the system.</summary>
    public int SocketReceiveBufferBytes { get; init; } = 100 * 1024;
    /// <summary><c>socket.listen.backlog.size</c>.</summary>
    public int SocketListenBacklogSize { get; init; } = 50;
    /// <summary><c>max.connections</c>: at the limit, new ones wait in the backlog.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;
    /// <summary><c>max.connections.per.ip</c>: one more is closed at once.</summary>
    public int MaxConnectionsPerIp { get; init; } = int.MaxValue;
    /// <summary><c>max.connections.per.ip.overrides</c>, host names resolved.</summary>
    public IReadOnlyDictionary<IPAddress, int> MaxConnectionsPerIpOverrides { get; init; } = new Dictionary<IPAddress, int>();
    /// <summary><c>connections.max.idle.ms</c>; negative never closes an idle connection.</summary>
    public long ConnectionsMaxIdleMs { get; init; } = 10 * 60 * 1000;
    /// <summary>
    /// <c>queued.max.request.bytes</c>: memory for requests received and not answered, over all connections. Kafka's −1 stands here for a
    /// quarter of the memory.
    /// </summary>
    public long QueuedMaxRequestBytes { get; init; } = -1;
    /// <summary>
    /// How long a started frame may take, and an answer that the peer does not read; to which a second is added for each
    /// <see cref="TransferMinBytesPerSecond"/> moved.
    /// </summary>
    public long TransferTimeoutMs { get; init; } = 30_000;
    /// <summary>What the slowest peer worth waiting for moves.</summary>
    public int TransferMinBytesPerSecond { get; init; } = 64 * 1024;
    /// <summary>Requests of one connection that are received and not answered; beyond it reading pauses.</summary>
    public int InFlightMaxRequests { get; init; } = Limits.RequestsInFlightPerConnection;

    internal void Check()
    {
        Invariant.Holds(SocketRequestMaxBytes > 0 && InFlightMaxRequests > 0 && MaxConnections > 0);
        Invariant.Holds(TransferTimeoutMs > 0 && TransferMinBytesPerSecond > 0);
    }
}
