using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// All listeners and all client connections of a broker. First <see cref="Bind"/>, so that the ports are known; then
/// <see cref="StartAccepting"/>, when the handlers can answer; at last <see cref="Stop"/>. These are called by its owner, one after the
/// other; what happens in between happens on the server's own loop.
/// </summary>
public sealed class SocketServer
{
    private static readonly TimeSpan CheckPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortagePeriod = TimeSpan.FromMilliseconds(50);
    private const int ChecksPerTrim = 2;

    private readonly NetworkOptions options;
    private readonly INetwork network;
    private readonly ILoops loops;
    private readonly FileBudget files;
    private readonly ILog log;
    private readonly ILoop loop;
    private readonly LoopTurns changes;
    private readonly RequestMemory memory;
    private readonly int elementsMax;
    /// <summary>Both are replaced on the loop once connections are accepted.</summary>
    private volatile IReadOnlyList<Acceptor> acceptors = [];
    private volatile ListenerConfig listeners;
    private ClientConnections? connections;
    private ConnectionLimits? limits;
    /// <summary>How often the limits were changed; only the newest change holds when its hosts are resolved.</summary>
    private int limitChanges;
    private IDisposable? checks;
    private int checkCount;
    private bool isStopping;

    /// <param name="listeners">Which addresses to serve.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="network">The real network, or the simulated one.</param>
    /// <param name="loops">Where connections run.</param>
    /// <param name="memoryBytes">Memory that the process may use; a quarter of it bounds the requests received and not answered, unless the
    /// options say a number.</param>
    /// <param name="files">How many descriptors are left for connections.</param>
    /// <param name="log">Gets one line per connection that is closed for a reason.</param>
    public SocketServer(ListenerConfig listeners, NetworkOptions options, INetwork network, ILoops loops, long memoryBytes,
        FileBudget files, ILog log)
    {
        options.Check();
        (this.listeners, this.network, this.loops, this.files, this.log) = (listeners, network, loops, files, log);
        loop = loops.Create("socket-server");
        changes = new LoopTurns(loop);
        LargeRequests = new LargeRequestTurns(LargeRequestTurns.CountFor(loops.Processors));
        elementsMax = Limits.RequestElements(memoryBytes);
        memory = new RequestMemory(options.RequestBytes(memoryBytes), part => loop.Post(() => AwaitShortage(part)));
        this.options = options with { SocketRequestMaxBytes = (int)Math.Min(options.SocketRequestMaxBytes, memory.FrameMaxBytes) };
        if (this.options.SocketRequestMaxBytes is var most && most < options.SocketRequestMaxBytes)
            log.Warn(
                "connection",
                $"requests of more than {most} bytes find no memory: socket.request.max.bytes={options.SocketRequestMaxBytes}");
    }

    /// <summary>
    /// Binds every listener, and resolves the hosts that have limits of their own; throws <see cref="NetworkError"/>, whose message is the
    /// line for the operator, and then none is bound.
    /// </summary>
    public async Task Bind(CancellationToken cancellationToken)
    {
        limits = await ConnectionLimits.Resolve(
            options, network, static host => throw new NetworkError(NetworkErrorKind.AddressNotAvailable, HasNoAddress(host)),
            cancellationToken);
        acceptors = await BindAll(listeners.Listeners, cancellationToken);
    }

    /// <summary>
    /// Listens as these say from here on; false when that cannot be done: then all stays as it was, and the log says why. Connections of a
    /// listener that is no more close when they have their answers; those of one that has another address stay. Callable from anywhere,
    /// after <see cref="Bind"/>.
    /// </summary>
    public Task<bool> Relisten(ListenerConfig next) => changes.InTurn(() => RelistenNow(next));

    /// <summary>The port a listener got; only after <see cref="Bind"/>.</summary>
    public int BoundPort(string listenerName) => acceptors.First(acceptor => acceptor.Listener.Name == listenerName).BoundPort;

    /// <summary>Over all connections.</summary>
    internal LargeRequestTurns LargeRequests { get; }

    /// <summary>What is advertised to clients, with the ports that were bound; only after <see cref="Bind"/>.</summary>
    public IReadOnlyList<Listener> AdvertisedListeners => listeners.Advertise(BoundPort);

    public void StartAccepting(IRequestDispatcher dispatcher)
    {
        connections = new ClientConnections(
            loop, listeners, limits!,
            new ConnectionServices(
                new RequestPipeline(dispatcher, log, elementsMax), memory, LargeRequests, files, options, loops, log));
        Accept(acceptors);
        checks = loop.ScheduleEach(CheckPeriod, Check);
    }

    /// <summary>How many connections these options allow, and how fast they may come, from here on. Callable from anywhere.</summary>
    public void BoundConnections(NetworkOptions next) => loop.Run(async () =>
    {
        var change = ++limitChanges;
        var resolved = await ConnectionLimits.Resolve(
            next, network, host => log.Warn("connection", $"{HasNoAddress(host)}, and nobody has the bound that is meant for it"), default);
        if (change != limitChanges)
            return;
        limits = resolved;
        connections?.Bound(resolved);
    });

    /// <summary>
    /// Accepts no more, lets requests in flight be answered, and closes all connections; those still busy when the time is over are cut.
    /// Done when every connection is gone, or the same time has passed again.
    /// </summary>
    public async Task Stop(TimeSpan drainTimeout)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() => BeginStop(gone));
        using var cut = loop.Schedule(drainTimeout, () => connections?.Cut());
        // A handler that never ends must not keep the process. Without a time to drain this may come first.
        using var giveUp = loop.Schedule(drainTimeout * 2, () =>
        {
            connections?.Cut();
            gone.TrySetResult();
        });
        await gone.Task;
        memory.Close();
    }

    private async Task<bool> RelistenNow(ListenerConfig next)
    {
        Invariant.Holds(loop.IsCurrent);
        var (before, leaving) = (acceptors, acceptors.Where(acceptor => !next.Listeners.Contains(acceptor.Listener)).ToList());
        IReadOnlyList<Acceptor> made;
        try
        {
            // A port that only gets another name has to be free first.
            Close(leaving.Where(acceptor => next.Listeners.Any(listener => listener.Port == acceptor.BoundPort)));
            made = await BindAll(next.Listeners.Where(listener => !before.Any(acceptor => acceptor.Listener == listener)), default);
        }
        catch (NetworkError error)
        {
            log.Error("connection", $"{error.Message}; the listeners stay as they were");
            await ListenAgain();
            return false;
        }
        Close(leaving);
        acceptors = [.. before.Except(leaving), .. made];
        listeners = next;
        connections?.Relisten(next);
        Accept(made);
        foreach (var acceptor in made)
            log.Info("connection", $"listening on {acceptor.Listener} port={acceptor.BoundPort}");
        return true;
    }

    /// <summary>On those that were closed for others, which could not be bound.</summary>
    private async Task ListenAgain()
    {
        var closed = acceptors.Where(acceptor => acceptor.IsClosed).ToList();
        try
        {
            var again = await BindAll(closed.Select(acceptor => acceptor.Listener with { Port = acceptor.BoundPort }), default);
            acceptors = [.. acceptors.Except(closed), .. again];
            Accept(again);
        }
        catch (NetworkError error)
        {
            log.Error("connection", $"{error.Message}; nobody listens there any more");
        }
    }

    private void Accept(IReadOnlyList<Acceptor> bound)
    {
        if (isStopping)
            Close(bound);
        else if (connections is { } accepted)
        {
            foreach (var acceptor in bound)
                loop.Run(() => acceptor.AcceptAll(accepted));
        }
    }

    private static void Close(IEnumerable<Acceptor> bound)
    {
        foreach (var acceptor in bound)
            acceptor.Close();
    }

    /// <summary>All of them, or none.</summary>
    private async Task<IReadOnlyList<Acceptor>> BindAll(IEnumerable<Listener> wanted, CancellationToken cancellationToken)
    {
        var made = new List<Acceptor>();
        try
        {
            foreach (var listener in wanted)
            {
                var endPoint = new IPEndPoint(await AddressOf(listener, cancellationToken), listener.Port);
                made.Add(new Acceptor(listener, Listen(listener, endPoint), log));
            }
            return made;
        }
        catch
        {
            Close(made);
            throw;
        }
    }

    private static string HasNoAddress(string host) => $"max.connections.per.ip.overrides names {host}, which has no address";

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
                endPoint, options.SocketListenBacklogSize,
                new SocketBuffers(options.SocketSendBufferBytes, options.SocketReceiveBufferBytes));
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
        Invariant.Holds(loop.IsCurrent);
        checks?.Dispose();
        isStopping = true;
        Close(acceptors);
        if (connections is null)
            gone.TrySetResult();
        else
            connections.Drain(gone);
    }

    private void Check()
    {
        Invariant.Holds(loop.IsCurrent);
        connections!.CloseIdle();
        if (++checkCount % ChecksPerTrim == 0)
            memory.Trim();
    }

    /// <summary>A request waits for memory. What the broker itself is at work on comes back soon; what peers keep does not.</summary>
    private void AwaitShortage(ConnectionMemory part) => loop.Schedule(ShortagePeriod, () =>
    {
        if (part.EndShortage())
            return;
        connections!.RelieveShortage(part);
        AwaitShortage(part);
    });
}
