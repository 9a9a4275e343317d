using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>An entity's settings as they are stored.</summary>
/// <param name="Version">Of its node; null while it has none.</param>
public sealed record StoredConfig(IReadOnlyDictionary<string, string> Settings, int? Version);

/// <summary>
/// The settings of topics and brokers as brokers read and change them. Every broker that they concern is told by a notification and reads
/// them afresh (<c>ConfigChanges</c>). Nothing is cached. Callable from anywhere.
/// </summary>
public sealed class ConfigStore(IZooKeeper zooKeeper)
{
    /// <exception cref="ZooKeeperFailed">Anything but that it is there or not.</exception>
    public async Task<StoredConfig> Read(ConfigEntity entity)
    {
        var read = await zooKeeper.Read(ZnodePaths.Config(entity));
        return new StoredConfig(ConfigJson.Decode(read.Data) ?? new Dictionary<string, string>(), read.Stat?.Version);
    }

    /// <summary>
    /// Writes an entity's settings, complete, and tells the brokers. False when others have written since they were read, and then nothing
    /// is written: a Kafka writes over it, and one of two changes that come together is lost.
    /// </summary>
    /// <exception cref="ZooKeeperFailed">It could not be done; it may be written, and the brokers not be told.</exception>
    public async Task<bool> TryWrite(ConfigEntity entity, IReadOnlyDictionary<string, string> settings, StoredConfig read)
    {
        var (path, data) = (ZnodePaths.Config(entity), ConfigJson.Encode(settings));
        var written = read.Version is { } version
            ? (await zooKeeper.Apply(new ZkOp.SetData(path, data, version))).Result
            : await zooKeeper.CreateRecursive(path, data);
        if (written is ZkResult.BadVersion or ZkResult.NoNode or ZkResult.NodeExists)
            return false;
        if (written != ZkResult.Ok)
            throw new ZooKeeperFailed(written, path);
        await Notify(zooKeeper, entity.Path);
        return true;
    }

    /// <summary>Tells every broker that an entity's config, already written, has changed; <c>topics/orders</c> names one.</summary>
    public static Task Notify(IZooKeeper zooKeeper, string entityPath)
        => zooKeeper.Notify(ZnodePaths.ConfigChangePrefix, ConfigChangeJson.Encode(entityPath));
}
