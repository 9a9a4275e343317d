using System.Buffers.Binary;
using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>
/// The world's network. Used directly it is that of code without a process; <see cref="For"/> gives a process its own. What happens to
/// single connections is in <see cref="SimLink"/>.
/// </summary>
public sealed class SimNetwork(SimScheduler scheduler) : INetwork
{
    /// <summary>As a system sends a connection's first packet again while no answer comes.</summary>
    private static readonly TimeSpan ConnectRetry = TimeSpan.FromMilliseconds(500);

    /// <summary>In a key: the port is listened on at every address.</summary>
    private const uint AnyAddress = 0;

    private readonly SortedDictionary<(uint Address, int Port), SimListener> listeners = [];
    private readonly List<SimLink> links = [];
    private readonly HashSet<(IPAddress From, IPAddress To)> cutRoutes = [];
    private readonly HashSet<int> silentPorts = [];
    private int nextPort = 40000;

    /// <summary>How connections made from now on fare.</summary>
    public LinkWeather Weather { get; set; } = LinkWeather.Calm;

    /// <summary>The connections that are not closed on both sides, oldest first.</summary>
    public IReadOnlyList<SimLink> Links
    {
        get
        {
            links.RemoveAll(link => link.IsOver);
            return links;
        }
    }

    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
        => Listen(scheduler.Forever, endPoint);

    public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
        => Connect(scheduler.Forever, IPAddress.Loopback, endPoint, timeout, cancellationToken);

    /// <summary>Every name is this machine's; an address is itself.</summary>
    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
        => new([IPAddress.TryParse(host, out var address) ? address : IPAddress.Loopback]);

    /// <summary>Whether who connects to the port is not answered, as when its machine is gone or a firewall drops what is sent.</summary>
    public void SetSilent(int port, bool isSilent)
    {
        if (isSilent)
            silentPorts.Add(port);
        else
            silentPorts.Remove(port);
    }

    /// <summary>
    /// From here on nothing that one address sends reaches the other; the way back is another route. What is sent arrives when the route
    /// heals, unless who sent it has given up by then.
    /// </summary>
    public void CutRoute(IPAddress from, IPAddress to)
    {
        cutRoutes.Add((from, to));
        BlockLinks();
    }

    public void HealRoute(IPAddress from, IPAddress to)
    {
        cutRoutes.Remove((from, to));
        BlockLinks();
    }

    public void HealRoutes()
    {
        cutRoutes.Clear();
        BlockLinks();
    }

    /// <summary>The network of a process, whose ports and connections go when it ends.</summary>
    internal INetwork For(SimLifetime process, IPAddress address) => new ProcessNetwork(this, process, address);

    /// <summary>Connects a client of the test to a listening port.</summary>
    /// <exception cref="NetworkError">Nobody listens there.</exception>
    public SimClient Connect(int port) => Connect(new IPEndPoint(IPAddress.Loopback, port), IPAddress.Loopback);

    /// <summary>Connects a client of the test, which has an address of its own.</summary>
    /// <exception cref="NetworkError">Nobody listens there, or there is no way; that is told at once.</exception>
    public SimClient Connect(IPEndPoint endPoint, IPAddress from)
    {
        if (IsCut(from, endPoint.Address))
            throw new NetworkError(NetworkErrorKind.TimedOut, $"{endPoint} does not answer");
        var (link, _, _) = Link(endPoint, scheduler.Forever, from);
        return new SimClient(scheduler, link);
    }

    /// <summary>The ports on which a process listens, and how many of its connections are not closed on its side.</summary>
    internal (int Listeners, IReadOnlyList<SimLink> Connections) HeldBy(SimLifetime process)
        => (listeners.Values.Count(listener => listener.Process == process),
            [.. Links.Where(link => (link.Process == process && link.ToProcess is { IsClosed: false, HasReader: true })
                || (link.Client == process && link.ToClient is { IsClosed: false, HasReader: true }))]);

    /// <summary>
    /// The process is gone. Its peers learn of it by an end or a reset, behind a part of what was under way; where the whole machine is
    /// gone, they learn nothing.
    /// </summary>
    internal void Release(SimLifetime process, bool isMachineGone)
    {
        foreach (var listener in listeners.Values.Where(listener => listener.Process == process).ToList())
            listener.Dispose();
        foreach (var link in links.Where(link => link.Process == process))
            Release(link.ToProcess, link.ToClient, isMachineGone);
        foreach (var link in links.Where(link => link.Client == process))
            Release(link.ToClient, link.ToProcess, isMachineGone);
    }

    internal void Remove(SimListener listener) => listeners.Remove(KeyOf(listener.LocalEndPoint));

    private void Release(SimStream received, SimStream sent, bool isMachineGone)
    {
        if (isMachineGone)
        {
            received.Cut();
            sent.Vanish();
        }
        else if (sent.IsBlocked)
        {
            received.EndForReader();
            sent.AbortBySender();
        }
        else
        {
            received.Cut();
            if (scheduler.Random.Next(2) == 0)
                sent.Finish();
            else
                sent.Cut(scheduler.Random.Next(500));
        }
    }

    private bool IsCut(IPAddress one, IPAddress other) => cutRoutes.Contains((one, other)) || cutRoutes.Contains((other, one));

    private void BlockLinks()
    {
        foreach (var link in Links)
            link.Block(cutRoutes);
    }

    private static (uint Address, int Port) KeyOf(IPEndPoint endPoint)
        => (BinaryPrimitives.ReadUInt32BigEndian(endPoint.Address.GetAddressBytes()), endPoint.Port);

    private async ValueTask<INetworkConnection> Connect(
        SimLifetime process, IPAddress from, IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var isSilent = silentPorts.Contains(endPoint.Port);
        while (!isSilent && IsCut(from, endPoint.Address))
        {
            await Pass(timeout < ConnectRetry ? timeout : ConnectRetry, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            timeout -= ConnectRetry;
            if (timeout <= TimeSpan.Zero)
                throw new NetworkError(NetworkErrorKind.TimedOut, $"{endPoint} does not answer");
        }
        if (isSilent)
            await Pass(timeout, cancellationToken);
        else if (Weather.LatencyMax > TimeSpan.Zero)
            await Pass(TimeSpan.FromTicks(scheduler.Random.NextInt64(Weather.LatencyMax.Ticks)), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (isSilent)
            throw new NetworkError(NetworkErrorKind.TimedOut, $"port {endPoint.Port} does not answer");
        var (link, local, remote) = Link(endPoint, process, from);
        return new SimConnection(scheduler, link.ToClient, link.ToProcess, local, remote);
    }

    private (SimLink Link, IPEndPoint Client, IPEndPoint Listener) Link(IPEndPoint endPoint, SimLifetime client, IPAddress from)
    {
        if (!listeners.TryGetValue(KeyOf(endPoint), out var listener) && !listeners.TryGetValue((AnyAddress, endPoint.Port), out listener))
            throw new NetworkError(NetworkErrorKind.ConnectionRefused, $"nobody listens on port {endPoint.Port}");
        var clientEndPoint = new IPEndPoint(from, nextPort++);
        var link = new SimLink(scheduler, listener.Process, client, clientEndPoint, listener.LocalEndPoint, Weather);
        links.Add(link);
        link.Block(cutRoutes);
        listener.Add(new SimConnection(scheduler, link.ToProcess, link.ToClient, listener.LocalEndPoint, clientEndPoint));
        return (link, clientEndPoint, listener.LocalEndPoint);
    }

    private Task Pass(TimeSpan span, CancellationToken cancellationToken)
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.Time.CreateTimer(_ => passed.TrySetResult(), null, span, Timeout.InfiniteTimeSpan);
        cancellationToken.Register(() => passed.TrySetResult());
        return passed.Task;
    }

    private SimListener Listen(SimLifetime process, IPEndPoint endPoint)
    {
        var port = endPoint.Port == 0 ? nextPort++ : endPoint.Port;
        var bound = new IPEndPoint(endPoint.Address, port);
        if (listeners.ContainsKey(KeyOf(bound)))
            throw new NetworkError(NetworkErrorKind.AddressInUse, $"port {port} is in use");
        return listeners[KeyOf(bound)] = new SimListener(this, process, bound);
    }

    private sealed class ProcessNetwork(SimNetwork network, SimLifetime process, IPAddress address) : INetwork
    {
        public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
            => network.Listen(process, endPoint);

        public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
            => network.Connect(process, address, endPoint, timeout, cancellationToken);

        public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
            => network.Resolve(host, cancellationToken);
    }
}
