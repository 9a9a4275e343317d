using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>
/// The world's network. Used directly it is that of code without a process; <see cref="For"/> gives a process its own. What happens to
/// single connections is in <see cref="SimLink"/>.
/// </summary>
public sealed class SimNetwork(SimScheduler scheduler) : INetwork
{
    private readonly SortedDictionary<int, SimListener> listeners = [];
    private readonly List<SimLink> links = [];
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
        => Connect(scheduler.Forever, endPoint, timeout, cancellationToken);

    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken) => new([IPAddress.Loopback]);

    /// <summary>Whether who connects to the port is not answered, as when its machine is gone or a firewall drops what is sent.</summary>
    public void SetSilent(int port, bool isSilent)
    {
        if (isSilent)
            silentPorts.Add(port);
        else
            silentPorts.Remove(port);
    }

    /// <summary>The network of a process, whose ports and connections go when it ends.</summary>
    internal INetwork For(SimLifetime process) => new ProcessNetwork(this, process);

    /// <summary>Connects a client of the test to a listening port.</summary>
    /// <exception cref="NetworkError">Nobody listens there.</exception>
    public SimClient Connect(int port)
    {
        var (link, _, _) = Link(port, scheduler.Forever);
        return new SimClient(scheduler, link);
    }

    /// <summary>The ports on which a process listens, and how many of its connections are not closed on its side.</summary>
    internal (int Listeners, int Connections) HeldBy(SimLifetime process)
        => (listeners.Values.Count(listener => listener.Process == process),
            Links.Count(link => (link.Process == process && !link.ToProcess.IsClosed)
                || (link.Client == process && !link.ToClient.IsClosed)));

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

    internal void Remove(SimListener listener) => listeners.Remove(listener.LocalEndPoint.Port);

    private void Release(SimStream received, SimStream sent, bool isMachineGone)
    {
        received.Cut();
        if (isMachineGone)
            sent.Vanish();
        else if (scheduler.Random.Next(2) == 0)
            sent.Finish();
        else
            sent.Cut(scheduler.Random.Next(500));
    }

    private async ValueTask<INetworkConnection> Connect(
        SimLifetime process, IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var isSilent = silentPorts.Contains(endPoint.Port);
        if (isSilent)
            await Pass(timeout, cancellationToken);
        else if (Weather.LatencyMax > TimeSpan.Zero)
            await Pass(TimeSpan.FromTicks(scheduler.Random.NextInt64(Weather.LatencyMax.Ticks)), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (isSilent)
            throw new NetworkError(NetworkErrorKind.TimedOut, $"port {endPoint.Port} does not answer");
        var (link, local, remote) = Link(endPoint.Port, process);
        return new SimConnection(scheduler, link.ToClient, link.ToProcess, local, remote);
    }

    private (SimLink Link, IPEndPoint Client, IPEndPoint Listener) Link(int port, SimLifetime client)
    {
        if (!listeners.TryGetValue(port, out var listener))
            throw new NetworkError(NetworkErrorKind.ConnectionRefused, $"nobody listens on port {port}");
        var link = new SimLink(scheduler, listener.Process, client, port, Weather);
        links.Add(link);
        var clientEndPoint = new IPEndPoint(IPAddress.Loopback, nextPort++);
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
        if (listeners.ContainsKey(port))
            throw new NetworkError(NetworkErrorKind.AddressInUse, $"port {port} is in use");
        return listeners[port] = new SimListener(this, process, new IPEndPoint(endPoint.Address, port));
    }

    private sealed class ProcessNetwork(SimNetwork network, SimLifetime process) : INetwork
    {
        public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
            => network.Listen(process, endPoint);

        public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
            => network.Connect(process, endPoint, timeout, cancellationToken);

        public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
            => network.Resolve(host, cancellationToken);
    }
}
