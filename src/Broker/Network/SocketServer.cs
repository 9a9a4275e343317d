using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// All listeners and all client connections of a broker. First <see cref="Bind"/>, so that the ports are known; then
/// <see cref="StartAccepting"/>, when the handlers can answer; at last <see cref="Stop"/>. Which connections there are is known on the
/// server's own loop only.
/// </summary>
public sealed class SocketServer
{
    private const string Source = "connection";
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);
    private const int ChecksPerTrim = 30;

    private readonly ListenerConfig listeners;
    private readonly INetwork network;
    private readonly ILoops loops;
    private readonly ILog log;
    private readonly ILoop loop;
    private readonly List<Acceptor> acceptors = [];
    private readonly HashSet<ClientConnection> connections = [];
    private readonly Dictionary<IPAddress, int> connectionsPerIp = [];
    private RequestPipeline? pipeline;
    private IDisposable? checks;
    private int checkCount;
    private bool isStopping;
    private TaskCompletionSource? room;
    private TaskCompletionSource? empty;

    /// <param name="listeners">Which addresses to serve.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="network">The real network, or the simulated one.</param>
    /// <param name="loops">Where connections run.</param>
    /// <param name="memoryBytes">Memory that the process may use; a quarter of it bounds the requests received and not answered, unless the
    /// options say a number.</param>
    /// <param name="log">Gets one line per connection that is closed for a reason.</param>
    public SocketServer(ListenerConfig listeners, NetworkOptions options, INetwork network, ILoops loops, long memoryBytes, ILog log)
    {
        options.Check();
        (this.listeners, this.network, this.loops, this.log) = (listeners, network, loops, log);
        Options = options;
        Memory = new FrameMemory(options.QueuedMaxRequestBytes > 0 ? options.QueuedMaxRequestBytes : memoryBytes / 4);
        loop = loops.Create("socket-server");
    }

    internal NetworkOptions Options { get; }

    internal FrameMemory Memory { get; }

    /// <summary>
    /// Binds every listener; throws <see cref="NetworkError"/>, whose message is the line for the operator, and then none is bound.
    /// </summary>
    public async Task Bind(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var listener in listeners.Listeners)
            {
                var endPoint = new IPEndPoint(await AddressOf(listener, cancellationToken), listener.Port);
                acceptors.Add(new Acceptor(listener, Listen(listener, endPoint), this, log));
            }
        }
        catch
        {
            acceptors.ForEach(acceptor => acceptor.Close());
            acceptors.Clear();
            throw;
        }
    }

    /// <summary>The port a listener got; only after <see cref="Bind"/>.</summary>
    public int BoundPort(string listenerName) => acceptors.Find(acceptor => acceptor.Listener.Name == listenerName)!.BoundPort;

    /// <summary>What clients are told, with the ports that were bound; only after <see cref="Bind"/>.</summary>
    public IReadOnlyList<Listener> AdvertisedListeners => listeners.Advertise(BoundPort);

    public void StartAccepting(IRequestDispatcher dispatcher)
    {
        pipeline = new RequestPipeline(dispatcher, log);
        foreach (var acceptor in acceptors)
            _ = loop.Start(acceptor.AcceptAll);
        checks = loop.ScheduleEach(CheckPeriod, Check);
    }

    /// <summary>
    /// Accepts no more, lets requests in flight be answered, and closes all connections; those still busy when the time is over are cut.
    /// Done when every connection is gone, or the same time has passed again.
    /// </summary>
    public async Task Stop(TimeSpan drainTimeout)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => BeginStop(gone));
        using var cut = loop.Schedule(drainTimeout, () =>
        {
            foreach (var connection in connections)
                connection.Cut.Invoke();
        });
        // A handler that never ends must not keep the process.
        using var giveUp = loop.Schedule(drainTimeout * 2, () => gone.TrySetResult());
        await gone.Task;
    }

    /// <summary>
    /// Done at once unless <c>max.connections</c> is reached; brokers get in beside clients even then. On the server's loop.
    /// </summary>
    internal async Task WhenRoomForConnection(Listener listener)
    {
        while (connections.Count >= Options.MaxConnections && !IsForBrokersOnly(listener) && !isStopping)
        {
            room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await room.Task;
        }
    }

    /// <summary>Takes over an accepted connection. On the server's loop.</summary>
    internal void Add(INetworkConnection accepted, Listener listener)
    {
        var address = accepted.RemoteEndPoint.Address;
        var allowed = Options.MaxConnectionsPerIpOverrides.TryGetValue(address, out var overridden)
            ? overridden
            : Options.MaxConnectionsPerIp;
        var present = connectionsPerIp.GetValueOrDefault(address);
        if (isStopping || present >= allowed)
        {
            if (!isStopping)
                log.Info(
                    Source, $"connection refused: remote={accepted.RemoteEndPoint} connections={present} max.connections.per.ip={allowed}");
            accepted.Dispose();
            return;
        }
        if (connections.Count >= Options.MaxConnections && IsForBrokersOnly(listener))
            CutLeastRecentlyUsed();
        connectionsPerIp[address] = present + 1;
        var connection = new ClientConnection(
            accepted, this, listener, listener.Name == listeners.InterBrokerListenerName, pipeline!, loops, log);
        connections.Add(connection);
        connection.Start();
    }

    /// <summary>Whether the listener is the brokers' own, which <c>max.connections</c> does not keep out.</summary>
    private bool IsForBrokersOnly(Listener listener) => listener.Name == listeners.InterBrokerListenerName && acceptors.Count > 1;

    /// <summary>A broker's connection has come beyond the bound: a client's goes.</summary>
    private void CutLeastRecentlyUsed()
        => connections.Where(
            connection => !IsForBrokersOnly(connection.Listener)).MinBy(connection => connection.LastUsedTimestamp)?.Cut.Invoke();

    /// <summary>The connection is gone with all it held. From any loop.</summary>
    internal void Remove(ClientConnection connection) => loop.Post(() =>
    {
        connections.Remove(connection);
        var address = connection.RemoteEndPoint.Address;
        if (--connectionsPerIp[address] == 0)
            connectionsPerIp.Remove(address);
        MakeRoom();
        if (connections.Count == 0)
            empty?.TrySetResult();
    });

    private void MakeRoom()
    {
        (var waiting, room) = (room, null);
        waiting?.SetResult();
    }

    private async ValueTask<IPAddress> AddressOf(Listener listener, CancellationToken cancellationToken)
    {
        if (listener.Host.Length == 0)
            return IPAddress.IPv6Any;
        var addresses = await network.Resolve(listener.Host, cancellationToken);
        return addresses.Count > 0
            ? addresses[0]
            : throw new NetworkError(NetworkErrorKind.AddressNotAvailable, $"listeners={listener}: {listener.Host} has no address");
    }

    private INetworkListener Listen(Listener listener, IPEndPoint endPoint)
    {
        try
        {
            return network.Listen(
                endPoint, Options.SocketListenBacklogSize,
                new SocketBuffers(Options.SocketSendBufferBytes, Options.SocketReceiveBufferBytes));
        }
        catch (NetworkError error)
        {
            var reason = error.Kind switch
            {
                NetworkErrorKind.AddressInUse => $"port {endPoint.Port} is in use",
                NetworkErrorKind.AddressNotAvailable => $"{endPoint.Address} is not an address of this machine",
                NetworkErrorKind.AccessDenied => $"port {endPoint.Port} may not be bound by this user",
                _ => error.Message,
            };
            throw new NetworkError(error.Kind, $"listeners={listener}: {reason}");
        }
    }

    private void BeginStop(TaskCompletionSource gone)
    {
        isStopping = true;
        empty = gone;
        checks?.Dispose();
        acceptors.ForEach(acceptor => acceptor.Close());
        MakeRoom();
        foreach (var connection in connections)
            connection.Drain.Invoke();
        if (connections.Count == 0)
            gone.TrySetResult();
    }

    private void Check()
    {
        foreach (var connection in connections)
            connection.DeadlineCheck.Invoke();
        if (++checkCount % ChecksPerTrim == 0)
            Memory.Trim();
    }
}
