using System.Net;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The addresses of registered brokers: those that their advertised listeners resolve to. They are read from ZooKeeper when an address asks
/// that is not among them, because a controller's first request comes before this broker has been told of any other, and again now and
/// then; never more than once a second, whoever asks. Callable from anywhere; read on its own loop.
/// </summary>
public sealed class BrokerAddresses(RegisteredBrokers brokers, INetwork network, ILoop loop, TimeProvider time, ILog log)
{
    private static readonly TimeSpan ReadingsMin = TimeSpan.FromSeconds(1), AgeMax = TimeSpan.FromMinutes(1);

    private const long Never = long.MinValue;

    private volatile HashSet<IPAddress> known = [];
    private long readTimestamp = Never;
    private Task? reading;
    /// <summary>How many readings have begun, and which of them was the last that came to its end.</summary>
    private long begunCount, lastWhole;

    /// <summary>
    /// Whether a registered broker has the address. Nobody is a stranger by what was read before he asked, nor while nothing can be read: a
    /// controller that is refused does not ask again, and this broker would not hear what it was to be told.
    /// </summary>
    public async ValueTask<bool> Contains(IPAddress address)
    {
        if (known.Contains(address))
        {
            // Followers ask with each fetch.
            if (IsOlderThan(AgeMax))
                loop.Run(ReadOld);
            return true;
        }
        await loop.Start(() => ReadFor(address));
        return known.Contains(address);
    }

    private Task ReadOld() => reading is { IsCompleted: false } || !IsOlderThan(AgeMax) ? Task.CompletedTask : Begin();

    /// <summary>Done when the address is known, or was not in a reading that began behind the question.</summary>
    private async Task ReadFor(IPAddress address)
    {
        var begunBefore = begunCount;
        while (lastWhole <= begunBefore && !known.Contains(address))
        {
            Invariant.Holds(loop.IsCurrent);
            if (reading is { IsCompleted: false } underWay)
                await underWay;
            else if (!IsOlderThan(ReadingsMin))
                await loop.Pass(ReadingsMin - time.GetElapsedTime(readTimestamp));
            else
                await Begin();
        }
    }

    private bool IsOlderThan(TimeSpan age)
        => Volatile.Read(ref readTimestamp) is var last && (last == Never || time.GetElapsedTime(last) >= age);

    private Task Begin()
    {
        Volatile.Write(ref readTimestamp, time.GetTimestamp());
        return reading = Read(++begunCount);
    }

    private async Task Read(long number)
    {
        try
        {
            var addresses = new HashSet<IPAddress>();
            var hosts = (await brokers.All()).SelectMany(broker => broker.Info.Endpoints).Select(endpoint => endpoint.Host);
            foreach (var host in hosts.Distinct(StringComparer.Ordinal))
                addresses.UnionWith(await network.Resolve(host, CancellationToken.None));
            (known, lastWhole) = (addresses, number);
        }
        catch (ZooKeeperFailed failed)
        {
            // What was known stays; whoever is not among it waits for the next reading.
            log.Warn("broker", $"the registered brokers cannot be read: {failed.Message}");
        }
    }
}
