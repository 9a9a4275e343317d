using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>The brokers that are registered now, as any broker reads them. Nothing is cached. Callable from anywhere.</summary>
public sealed class RegisteredBrokers(IZooKeeper zooKeeper)
{
    /// <summary>By their ids; those whose entry goes or cannot be read meanwhile are left out.</summary>
    /// <param name="watch">Whether a broker that comes, goes or has other listeners is to be told of.</param>
    /// <exception cref="ZooKeeperFailed">They cannot be read now.</exception>
    public async Task<IReadOnlyList<LiveBroker>> All(bool watch = false)
    {
        var names = await zooKeeper.Names(ZnodePaths.BrokerIds, watch);
        var ids = names.Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => new BrokerId(int.Parse(name, CultureInfo.InvariantCulture))).OrderBy(id => id.Value).ToArray();
        var reads = await ids.Select(id => zooKeeper.Read(ZnodePaths.Broker(id), watch)).InOrder();
        var brokers = new List<LiveBroker>(ids.Length);
        for (var index = 0; index < ids.Length; index++)
        {
            if (reads[index].Stat is { } stat && BrokerJson.Decode(ids[index], reads[index].Data) is { } info)
                brokers.Add(new LiveBroker(info, new BrokerEpoch(stat.Czxid)));
        }
        return brokers;
    }
}
