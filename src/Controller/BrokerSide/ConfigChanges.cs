using System.Globalization;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// Brings entity configs to this broker. Who changes a config writes the entity's node and then a sequential node below
/// <c>/config/changes</c>; every broker watches those, reads each named entity afresh and applies it. All notifications there are at start
/// are read again. Only topics are applied yet; other entities are skipped. Runs on the coordination loop; one pass at a time.
/// </summary>
public sealed class ConfigChanges
{
    /// <summary>Older notifications are deleted by whichever broker sees them.</summary>
    private static readonly TimeSpan lifetime = TimeSpan.FromMinutes(15);

    private const string TopicPrefix = "topics/";

    private readonly IZooKeeper zooKeeper;
    private readonly ZnodeWatchers watchers;
    private readonly ILoop loop;
    private readonly TimeProvider time;
    private readonly ILog log;
    private readonly Action<string, IReadOnlyDictionary<string, string>> topicConfigChanged;
    private long lastExecuted = -1;
    private bool isRunning;
    private bool runsAgain;

    /// <param name="topicConfigChanged">Takes a topic's settings, complete, on the coordination loop.</param>
    public ConfigChanges(
        IZooKeeper zooKeeper, ZnodeWatchers watchers, ILoop loop, TimeProvider time, ILog log, Action<string, IReadOnlyDictionary<string,
        string>> topicConfigChanged)
    {
        (this.zooKeeper, this.watchers, this.loop) = (zooKeeper, watchers, loop);
        (this.time, this.log, this.topicConfigChanged) = (time, log, topicConfigChanged);
    }

    /// <summary>Installs the watch, then applies every topic's config and each notification there is; done when both are.</summary>
    public Task Start() => loop.Start(async () =>
    {
        watchers.OnChildren(ZnodePaths.ConfigChanges, Changed);
        watchers.OnSessionExpired(Changed);
        await Execute();
        foreach (var topic in await zooKeeper.Names(ZnodePaths.ConfigTopics))
            await ApplyTopic(topic);
    });

    /// <summary>Tells every broker that an entity's config, already written, has changed; <c>topics/orders</c> names one.</summary>
    public static Task Notify(IZooKeeper zooKeeper, string entityPath)
        => zooKeeper.Notify(ZnodePaths.ConfigChangePrefix, ZnodeJson.EncodeConfigChange(entityPath));

    private void Changed() => _ = loop.Start(async () =>
    {
        try
        {
            await Execute();
        }
        catch (ZooKeeperFailed failed)
        {
            // The next session reads all notifications again.
            log.Warn("config", $"notifications not read: {failed.Message}");
        }
    });

    private async Task Execute()
    {
        runsAgain = true;
        if (isRunning)
            return;
        isRunning = true;
        try
        {
            while (runsAgain)
            {
                runsAgain = false;
                await ExecuteOnce();
            }
        }
        finally
        {
            isRunning = false;
        }
    }

    private async Task ExecuteOnce()
    {
        var notifications = await zooKeeper.Names(ZnodePaths.ConfigChanges, watch: true);
        foreach (var name in notifications.Order(StringComparer.Ordinal))
        {
            var path = $"{ZnodePaths.ConfigChanges}/{name}";
            if (!TryNumber(name, out var number) || number <= lastExecuted)
                continue;
            lastExecuted = number;
            var data = await zooKeeper.Read(path);
            if (data.Stat is not null)
                await Apply(path, data.Data);
        }
        await DeleteOld(notifications);
    }

    private async Task Apply(string path, byte[]? notification)
    {
        if (ZnodeJson.DecodeConfigChange(notification) is not { } entity)
            log.Warn("config", $"notification={path} is not understood, skipped");
        else if (entity.StartsWith(TopicPrefix, StringComparison.Ordinal))
            await ApplyTopic(entity[TopicPrefix.Length..]);
        else
            log.Debug("config", $"notification={path} entity={entity} skipped");
    }

    private async Task ApplyTopic(string topic)
    {
        var data = await zooKeeper.Read(ZnodePaths.TopicConfig(topic));
        topicConfigChanged(topic, ZnodeJson.DecodeConfig(data.Data) ?? new Dictionary<string, string>());
    }

    private async Task DeleteOld(IReadOnlyList<string> notifications)
    {
        var oldestKept = (time.GetUtcNow() - lifetime).ToUnixTimeMilliseconds();
        foreach (var name in notifications)
        {
            var path = $"{ZnodePaths.ConfigChanges}/{name}";
            // Another broker may have deleted it first.
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
