using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>How a registration ended: the broker epoch, or in words who has the id.</summary>
public sealed record RegistrationOutcome(BrokerEpoch Epoch, string? Refusal)
{
    public bool IsRegistered => Refusal is null;

    /// <summary>
    /// The id is registered with this broker's own addresses, so most likely by its former life, whose session has yet to end.
    /// </summary>
    public bool IsPerhapsOwn { get; init; }
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

    /// <summary>The cluster's id; null when no broker has made it.</summary>
    /// <exception cref="ZooKeeperFailed">It cannot be read, or what is there is none.</exception>
    public async Task<string?> FindClusterId()
    {
        var data = await zooKeeper.Read(ZnodePaths.ClusterId);
        if (data.Stat is null)
            return null;
        return ClusterIdJson.Decode(data.Data) ?? throw new ZooKeeperFailed(ZkResult.BadArguments, ZnodePaths.ClusterId);
    }

    /// <summary>Makes the cluster's id, 22 characters of base64 as a topic id; another broker's when that has come first.</summary>
    /// <exception cref="ZooKeeperFailed">It cannot be made.</exception>
    public async Task<string> CreateClusterId(Random random)
    {
        var drawn = TopicId.Create(random).ToString();
        var created = await zooKeeper.CreateRecursive(ZnodePaths.ClusterId, ClusterIdJson.Encode(drawn));
        if (created == ZkResult.Ok)
            return drawn;
        return await FindClusterId() ?? throw new ZooKeeperFailed(created, ZnodePaths.ClusterId);
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

    /// <summary>How many ids have been generated.</summary>
    public async Task<int> GeneratedBrokerIds() => (await zooKeeper.Read(ZnodePaths.BrokerSequence)).Stat?.Version ?? 0;

    /// <summary>Counts so many ids as generated, so that none of them is given again.</summary>
    public async Task PassOverBrokerIds(int count)
    {
        for (var generated = await GeneratedBrokerIds(); generated < count; generated++)
            await GenerateBrokerId(reservedBrokerMaxId: 0);
    }

    /// <summary>
    /// Registers the broker for the life of the session. Create and set go in one multi, so that the node's version is 1 as after a Kafka's
    /// registration; the broker epoch is its czxid. A registration of another session is never taken over: one of a session that this
    /// process has had, which an ensemble may leave behind (ZOOKEEPER-2985), is deleted, and any other is another broker's.
    /// </summary>
    /// <param name="formerSessions">The ids of the sessions of this process that are over.</param>
    public async Task<RegistrationOutcome> Register(BrokerInfo broker, IReadOnlyCollection<long>? formerSessions = null)
    {
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
            var existing = await zooKeeper.Read(path);
            if (existing.Stat is null)
                continue;
            // Ours when the answer to the first try was lost.
            if (existing.Stat.EphemeralOwner == zooKeeper.SessionId)
                return new RegistrationOutcome(new BrokerEpoch(existing.Stat.Czxid), null);
            if (formerSessions?.Contains(existing.Stat.EphemeralOwner) == true)
                await zooKeeper.Apply(new ZkOp.Delete(path, existing.Stat.Version));
            else
                return InUse(broker, BrokerJson.Decode(broker.Id, existing.Data), existing.Stat.EphemeralOwner);
        }
    }

    /// <summary>
    /// Writes the registration anew, because the broker has other listeners; its epoch stays. Nothing is written where the broker is not
    /// registered now. Kafka's updateBrokerInfo.
    /// </summary>
    /// <exception cref="ZooKeeperFailed">It could not be done now.</exception>
    public async Task Rewrite(BrokerInfo broker)
    {
        var path = ZnodePaths.Broker(broker.Id);
        var set = await zooKeeper.Apply(new ZkOp.SetData(path, BrokerJson.Encode(broker, time.GetUtcNow().ToUnixTimeMilliseconds())));
        if (set.Result is not (ZkResult.Ok or ZkResult.NoNode))
            throw new ZooKeeperFailed(set.Result, path);
    }

    /// <summary>Says which address of the broker another one has registered; null when none has.</summary>
    public async Task<string?> FindAddressInUse(BrokerInfo broker)
    {
        foreach (var other in await new RegisteredBrokers(zooKeeper).All())
        {
            if (other.Id == broker.Id)
                continue;
            var shared = broker.Endpoints.FirstOrDefault(
                mine => other.Info.Endpoints.Any(theirs => theirs.Host == mine.Host && theirs.Port == mine.Port));
            if (shared is not null)
                return $"broker {other.Id} is registered with {shared.Host}:{shared.Port}; give one of the two another address";
        }
        return null;
    }

    private static RegistrationOutcome InUse(BrokerInfo mine, BrokerInfo? theirs, long session)
    {
        var addresses = theirs is null ? "unknown address" : string.Join(',', theirs.Endpoints.Select(AddressOf));
        return new RegistrationOutcome(
            BrokerEpoch.Unknown, $"id {mine.Id} is registered by a broker at {addresses} in session 0x{session:x}")
        {
            IsPerhapsOwn = theirs is not null && theirs.Endpoints.Select(AddressOf).SequenceEqual(mine.Endpoints.Select(AddressOf)),
        };
    }

    private static string AddressOf(BrokerEndpoint endpoint)
        => string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}");
}
