using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>The brokers that are registered now, as any broker reads them. Nothing is cached. Callable from anywhere.</summary>
public sealed class RegisteredBrokers(IZooKeeper zooKeeper)
{
    /// <summary>Those whose entry goes or cannot be read meanwhile are left out.</summary>
    /// <exception cref="ZooKeeperFailed">They cannot be read now.</exception>
    public async Task<IReadOnlyList<BrokerInfo>> All()
    {
        var brokers = new List<BrokerInfo>();
        foreach (var name in await zooKeeper.Names(ZnodePaths.BrokerIds))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            var id = new BrokerId(number);
            if (BrokerJson.Decode(id, (await zooKeeper.Read(ZnodePaths.Broker(id))).Data) is { } broker)
                brokers.Add(broker);
        }
        return brokers;
    }
}
