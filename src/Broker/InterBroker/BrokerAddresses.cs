using System.Net;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The addresses of registered brokers: those that their advertised listeners resolve to. They are read from ZooKeeper when an address asks
/// that is not among them, because a controller's first request comes before this broker has been told of any other, and again now and
/// then; never more than once a second, whoever asks. Callable from anywhere; refreshed on its own loop.
/// </summary>
public sealed class BrokerAddresses(RegisteredBrokers brokers, INetwork network, ILoop loop, TimeProvider time, ILog log)
{
    private static readonly TimeSpan RefreshMin = TimeSpan.FromSeconds(1), AgeMax = TimeSpan.FromMinutes(1);

    private const long Never = long.MinValue;

    private volatile HashSet<IPAddress> known = [];
    private long refreshedTimestamp = Never;
    private Task? refreshing;

    /// <summary>Whether a registered broker has the address.</summary>
    public async ValueTask<bool> Contains(IPAddress address)
    {
        if (known.Contains(address))
        {
            // Followers ask with each fetch.
            if (IsOlderThan(AgeMax))
                loop.Run(() => RefreshBeyond(AgeMax));
            return true;
        }
        await loop.Start(() => RefreshBeyond(RefreshMin));
        return known.Contains(address);
    }

    /// <summary>Done when what is known is no older than that, or cannot be had now.</summary>
    private Task RefreshBeyond(TimeSpan age)
    {
        Invariant.Holds(loop.IsCurrent);
        if (refreshing is { IsCompleted: false } underWay)
            return underWay;
        if (!IsOlderThan(age))
            return Task.CompletedTask;
        Volatile.Write(ref refreshedTimestamp, time.GetTimestamp());
        return refreshing = Refresh();
    }

    private bool IsOlderThan(TimeSpan age)
        => Volatile.Read(ref refreshedTimestamp) is var last && (last == Never || time.GetElapsedTime(last) >= age);

    private async Task Refresh()
    {
        try
        {
            var addresses = new HashSet<IPAddress>();
            var hosts = (await brokers.All()).SelectMany(broker => broker.Info.Endpoints).Select(endpoint => endpoint.Host);
            foreach (var host in hosts.Distinct(StringComparer.Ordinal))
                addresses.UnionWith(await network.Resolve(host, CancellationToken.None));
            known = addresses;
        }
        catch (ZooKeeperFailed failed)
        {
            // What was known stays; whoever is not among it asks again.
            log.Warn("broker", $"the registered brokers cannot be read: {failed.Message}");
        }
    }
}
