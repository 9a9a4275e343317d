using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>
/// A connection between a client, which is the test or a process, and a listening process, as the network sees it: what can happen to it
/// happens here.
/// </summary>
public sealed class SimLink
{
    internal SimLink(
        SimScheduler scheduler, SimLifetime process, SimLifetime client, IPEndPoint clientEndPoint, IPEndPoint listener,
        LinkWeather weather)
    {
        (Process, Client, ClientEndPoint, Listener) = (process, client, clientEndPoint, listener);
        ToProcess = new SimStream(scheduler, process, weather);
        ToClient = new SimStream(scheduler, client, weather);
    }

    public IPEndPoint ClientEndPoint { get; }

    /// <summary>What the client has connected to.</summary>
    public IPEndPoint Listener { get; }

    /// <summary>The lifetime of the process that accepted the connection, or will.</summary>
    internal SimLifetime Process { get; }

    /// <summary>The lifetime of who has connected.</summary>
    internal SimLifetime Client { get; }

    internal SimStream ToProcess { get; }

    internal SimStream ToClient { get; }

    public bool IsOver => ToProcess.IsClosed && ToClient.IsClosed;

    /// <summary>Both ends get a reset, once so many more of the bytes under way have arrived on each side.</summary>
    public void Cut(int savedBytesToProcess, int savedBytesToClient)
    {
        ToProcess.Cut(savedBytesToProcess);
        ToClient.Cut(savedBytesToClient);
    }

    /// <summary>From here on nothing arrives in the directions named, and no end is told: the connection is half open.</summary>
    public void Vanish(bool toProcess, bool toClient)
    {
        if (toProcess)
            ToProcess.Vanish();
        if (toClient)
            ToClient.Vanish();
    }

    /// <summary>The client gives up: what is under way is lost. A process that the reset does not reach is not told.</summary>
    public void AbortByClient()
    {
        if (ToProcess.IsVanished)
        {
            ToClient.EndForReader();
        }
        else if (ToProcess.IsBlocked)
        {
            ToClient.EndForReader();
            ToProcess.AbortBySender();
        }
        else
        {
            Cut(0, 0);
        }
    }

    /// <summary>Nothing arrives until then, on either side.</summary>
    public void HoldUntil(DateTimeOffset time)
    {
        ToProcess.HoldUntil(time);
        ToClient.HoldUntil(time);
    }

    /// <summary>Blocks the directions whose routes are cut, and opens the others.</summary>
    internal void Block(IReadOnlySet<(IPAddress From, IPAddress To)> cutRoutes)
    {
        ToProcess.Block(cutRoutes.Contains((ClientEndPoint.Address, Listener.Address)));
        ToClient.Block(cutRoutes.Contains((Listener.Address, ClientEndPoint.Address)));
    }

    public void SetWeather(LinkWeather weather) => ToProcess.Weather = ToClient.Weather = weather;
}
