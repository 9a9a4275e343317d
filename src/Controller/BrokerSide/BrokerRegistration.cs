using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>How a registration ended: the broker epoch, or in words why the broker must not start.</summary>
public sealed record RegistrationOutcome(BrokerEpoch Epoch, string? Refusal)
{
    public bool IsRegistered => Refusal is null;
}

/// <summary>
/// A broker's own entries in ZooKeeper: the paths it makes sure of, the cluster's id, its generated id and its registration.
/// </summary>
public sealed class BrokerRegistration(IZooKeeper zooKeeper, TimeProvider time)
{
    /// <exception cref="ZooKeeperFailed">A path could not be made.</exception>
    public async Task EnsurePersistentPaths()
    {
        foreach (var path in ZnodePaths.Persistent)
        {
            var result = await zooKeeper.CreateRecursive(path, null);
            if (result is not (ZkResult.Ok or ZkResult.NodeExists))
                throw new ZooKeeperFailed(result, path);
        }
    }

    /// <summary>
    /// The cluster's id, 22 characters of base64 as a topic id; the first broker makes it: the one its log dirs were claimed with, or else
    /// a fresh one.
    /// </summary>
    public async Task<string> ClusterId(string? ofLogDirs, Random random)
    {
        var proposed = ofLogDirs ?? TopicId.Create(random).ToString();
        var created = await zooKeeper.CreateRecursive(ZnodePaths.ClusterId, ClusterIdJson.Encode(proposed));
        if (created == ZkResult.Ok)
            return proposed;
        var data = await zooKeeper.Read(ZnodePaths.ClusterId);
        return ClusterIdJson.Decode(data.Data) ?? throw new ZooKeeperFailed(created, ZnodePaths.ClusterId);
    }

    /// <summary>
    /// The next id for a broker without <c>broker.id</c>: each write of the sequence node gives its next version, and ids start behind
    /// <c>reserved.broker.max.id</c>.
    /// </summary>
    public async Task<BrokerId> GenerateBrokerId(int reservedBrokerMaxId)
    {
        var set = await zooKeeper.Apply(new ZkOp.SetData(ZnodePaths.BrokerSequence, []));
        return set.Result == ZkResult.Ok
            ? new BrokerId(reservedBrokerMaxId + set.Stat!.Version)
            : throw new ZooKeeperFailed(set.Result, ZnodePaths.BrokerSequence);
    }

    /// <summary>
    /// Registers the broker for the life of the session. Create and set go in one multi, so that the node's version is 1 as after a Kafka's
    /// registration; the broker epoch is its czxid. A registration of another living session is never taken over.
    /// </summary>
    public async Task<RegistrationOutcome> Register(BrokerInfo broker)
    {
        if (await EndpointTakenBy(broker) is { } refusal)
            return new RegistrationOutcome(BrokerEpoch.Unknown, refusal);
        var path = ZnodePaths.Broker(broker.Id);
        while (true)
        {
            var multi = await zooKeeper.Multi(
            [
                new ZkOp.Create(path, null, ZkCreateMode.Ephemeral),
                new ZkOp.SetData(path, BrokerJson.Encode(broker, time.GetUtcNow().ToUnixTimeMilliseconds()), 0),
            ]);
            if (multi.Result == ZkResult.Ok)
                return new RegistrationOutcome(new BrokerEpoch(multi.Results[1].Stat!.Czxid), null);
            if (multi.Result != ZkResult.NodeExists)
                throw new ZooKeeperFailed(multi.Result, path);
            var existing = await zooKeeper.Exists(path);
            if (existing.Result == ZkResult.NoNode)
                continue;
            if (existing.Stat is null)
                throw new ZooKeeperFailed(existing.Result, path);
            // Ours when the answer to the first try was lost.
            if (existing.Stat.EphemeralOwner == zooKeeper.SessionId)
                return new RegistrationOutcome(new BrokerEpoch(existing.Stat.Czxid), null);
            return new RegistrationOutcome(BrokerEpoch.Unknown, $"another broker is registered with id {broker.Id}");
        }
    }

    private async Task<string?> EndpointTakenBy(BrokerInfo broker)
    {
        foreach (var name in await zooKeeper.Names(ZnodePaths.BrokerIds))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == broker.Id.Value)
                continue;
            var id = new BrokerId(number);
            if (BrokerJson.Decode(id, (await zooKeeper.Read(ZnodePaths.Broker(id))).Data) is not { } other)
                continue;
            var shared = broker.Endpoints.FirstOrDefault(
                mine => other.Endpoints.Any(theirs => theirs.Host == mine.Host && theirs.Port == mine.Port));
            if (shared is not null)
                return $"broker {id} is already registered with {shared.Host}:{shared.Port}";
        }
        return null;
    }
}
