using System.Globalization;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// Brings entity configs to this broker; Kafka's ZkConfigManager. Who changes a config writes the entity's node and then a sequential
/// notification below <c>/config/changes</c>; every broker watches those, reads each named entity afresh and applies it. All notifications
/// there are at start are read again. Those of topics and brokers are applied; other entities are skipped, as their settings do nothing
/// yet. Owned by the coordination loop; one pass over the notifications at a time.
/// </summary>
public sealed class ConfigChanges
{
    /// <summary>Older notifications are deleted by whichever broker sees them.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    private readonly IZooKeeper zooKeeper;
    private readonly ConfigStore store;
    private readonly ZnodeWatchers watchers;
    private readonly ILoop loop;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly Action<ConfigEntity, IReadOnlyDictionary<string, string>> changed;
    private long lastHandled = -1;
    private bool isRunning;
    private bool runsAgain;
    private bool readsAll;

    /// <param name="changed">Takes the settings of a topic, a broker or all brokers, complete, on the coordination loop.</param>
    public ConfigChanges(
        IZooKeeper zooKeeper, ZnodeWatchers watchers, ILoop loop, TimeProvider time, ILog log,
        Action<ConfigEntity, IReadOnlyDictionary<string, string>> changed)
    {
        (this.zooKeeper, this.watchers, this.loop) = (zooKeeper, watchers, loop);
        store = new ConfigStore(zooKeeper);
        (this.time, this.log, this.changed) = (time, log, changed);
    }

    /// <summary>
    /// Installs the watch, then applies each notification there is and the config of every broker and topic; done when both are.
    /// </summary>
    public Task Start() => loop.Start(async () =>
    {
        watchers.OnChildren(ZnodePaths.ConfigChanges, HandleAll);
        watchers.OnSessionBegun(_ => ReadAllAgain());
        isRunning = true;
        await HandleNew();
        await ReadAll();
        isRunning = false;
        if (runsAgain)
            HandleAll();
    });

    /// <summary>
    /// The watch has gone with its session, and notifications may have been deleted that came before the next, which may be long.
    /// </summary>
    private void ReadAllAgain()
    {
        readsAll = true;
        HandleAll();
    }

    private async Task ReadAll()
    {
        foreach (var broker in await zooKeeper.Names(ZnodePaths.ConfigBrokers))
            await Apply(new ConfigEntity(ConfigEntity.Brokers, broker));
        foreach (var topic in await zooKeeper.Names(ZnodePaths.ConfigTopics))
            await Apply(ConfigEntity.Topic(topic));
    }

    /// <summary>Handles what is new, and what comes while it does so.</summary>
    private void HandleAll()
    {
        Invariant.Holds(loop.IsCurrent);
        runsAgain = true;
        if (isRunning)
            return;
        isRunning = true;
        loop.Run(HandleWhileThereIsMore);
    }

    private async Task HandleWhileThereIsMore()
    {
        while (runsAgain)
        {
            runsAgain = false;
            var (before, all) = (lastHandled, readsAll);
            readsAll = false;
            try
            {
                await HandleNew();
                if (all)
                    await ReadAll();
            }
            catch (ZooKeeperFailed failed)
            {
                readsAll |= all;
                // What was not read is among what the next session reads.
                log.Warn("config", $"notifications not read: {failed.Message}");
            }
            catch (Exception exception)
            {
                // The root of the passes. The notification that hit a bug counts as handled; those behind it have a pass of their own.
                log.Error("config", $"notification={lastHandled} failed", exception);
                runsAgain |= lastHandled > before;
            }
        }
        isRunning = false;
    }

    private async Task HandleNew()
    {
        var notifications = await zooKeeper.Names(ZnodePaths.ConfigChanges, watch: true);
        foreach (var name in notifications.Order(StringComparer.Ordinal))
        {
            if (!TryNumber(name, out var number) || number <= lastHandled)
                continue;
            var entity = await Read($"{ZnodePaths.ConfigChanges}/{name}");
            var config = entity is { } named ? await ReadConfig(named) : null;
            lastHandled = number;
            if (config is not null)
                changed(entity!.Value, config);
        }
        await DeleteOld(notifications);
    }

    /// <summary>Whom a notification names; null when there is nothing to apply.</summary>
    private async Task<ConfigEntity?> Read(string path)
    {
        var data = await zooKeeper.Read(path);
        // Another broker may have deleted it.
        if (data.Stat is null)
            return null;
        if (ConfigChangeJson.Decode(data.Data) is not { } named || ConfigEntity.Parse(named) is not { } entity)
        {
            log.Warn("config", $"notification={path} is not understood, skipped");
            return null;
        }
        if (entity.Type is ConfigEntity.Topics or ConfigEntity.Brokers)
            return entity;
        log.Debug("config", $"notification={path} entity={entity} skipped");
        return null;
    }

    private async Task Apply(ConfigEntity entity) => changed(entity, await ReadConfig(entity));

    private async Task<IReadOnlyDictionary<string, string>> ReadConfig(ConfigEntity entity) => (await store.Read(entity)).Settings;

    private async Task DeleteOld(IReadOnlyList<string> notifications)
    {
        var oldestKept = (time.GetUtcNow() - Lifetime).ToUnixTimeMilliseconds();
        foreach (var name in notifications)
        {
            var path = $"{ZnodePaths.ConfigChanges}/{name}";
            if ((await zooKeeper.Exists(path)).Stat is { } stat && stat.CtimeMs < oldestKept)
                await zooKeeper.Apply(new ZkOp.Delete(path));
        }
    }

    private static bool TryNumber(string name, out long number)
    {
        number = -1;
        var prefix = ZnodePaths.ConfigChangePrefix[(ZnodePaths.ConfigChanges.Length + 1)..];
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
