using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>A znode and its data; null data is none.</summary>
public sealed record ExportedZnode(string Path, byte[]? Data);

/// <summary>
/// What the ZooKeeper of a Kafka must hold so that a Kafka can be started on the log dirs of a broker that has run alone: the znodes of its
/// embedded store, or where there is no store those that the folders tell of. The dirs are locked meanwhile; no part of the broker runs.
/// </summary>
public static class ZnodeExport
{
    /// <summary>All of them, parents first, the cluster's id last: where that is, all is.</summary>
    /// <exception cref="StartupError">A broker runs on the dirs, or they do not tell enough.</exception>
    public static Task<IReadOnlyList<ExportedZnode>> Collect(IReadOnlyList<string> logDirs, BrokerPlatform platform)
    {
        var config = ConfigFor(logDirs, ensemble: null);
        return Locked(config, platform, dirs => EmbeddedStore.FileIn(platform.Disk, dirs.All[0].Path) is null
            ? Task.FromResult(FromFolders(config, platform, dirs))
            : FromStore(platform, dirs));
    }

    /// <summary>
    /// Writes them into an ensemble that has no cluster yet, and puts the files of the store aside, because they are not what the ensemble
    /// holds any more once a Kafka has run.
    /// </summary>
    /// <param name="ensemble">As <c>zookeeper.connect</c>.</param>
    /// <exception cref="StartupError">It cannot be done; the ensemble may hold a part, which the next export takes for its own.</exception>
    public static async Task Write(IReadOnlyList<string> logDirs, string ensemble, BrokerPlatform platform)
    {
        var config = ConfigFor(logDirs, ensemble);
        if (EmbeddedStore.FileIn(platform.Disk, LogDirs.FullPath(logDirs[0])) is not null)
        {
            await EmbeddedImport.Run(config, platform, CancellationToken.None);
            return;
        }
        await Locked(config, platform, async dirs =>
        {
            await Write(FromFolders(config, platform, dirs), config, platform);
            return true;
        });
    }

    private static async Task Write(IReadOnlyList<ExportedZnode> znodes, BrokerConfig config, BrokerPlatform platform)
    {
        var client = await EnsembleZnodes.Open(config, platform, CancellationToken.None);
        try
        {
            if (await new BrokerRegistration(client, platform.Loops.Time).FindClusterId() is { } found)
                throw new StartupError($"zookeeper.connect={config.Ensemble} has a cluster already, {found}, which nothing is "
                    + "written into; name another path behind the servers, as in host:2181/another");
            foreach (var znode in znodes)
            {
                var made = await client.CreateRecursive(znode.Path, znode.Data);
                if (made == ZkResult.NodeExists && (await client.Read(znode.Path)).Data.AsSpan().SequenceEqual(znode.Data))
                    continue;
                if (made != ZkResult.Ok)
                    throw new ZooKeeperFailed(made, znode.Path);
            }
        }
        finally
        {
            await client.Close();
        }
    }

    private static async Task<T> Locked<T>(BrokerConfig config, BrokerPlatform platform, Func<LogDirs, Task<T>> work)
    {
        LogDirs? dirs = null;
        try
        {
            dirs = BrokerData.OpenLogDirs(new DynamicBrokerConfig(config, platform.Log), platform);
            return await work(dirs);
        }
        catch (Exception exception) when (StartupError.From(exception, config.Ensemble) is { } error)
        {
            throw error;
        }
        finally
        {
            dirs?.Abandon();
        }
    }

    private static async Task<IReadOnlyList<ExportedZnode>> FromStore(BrokerPlatform platform, LogDirs dirs)
    {
        var store = EmbeddedStore.Open(new EmbeddedStoreOptions(platform.Disk, platform.Loops, platform.Log, dirs.All[0].Path)
        {
            SignOfUse = dirs.SignOfUse,
        });
        try
        {
            var session = await store.OpenSession();
            var znodes = new List<ExportedZnode>();
            foreach (var name in (await session.Names("/")).Order(StringComparer.Ordinal))
                await Add($"/{name}", session, znodes);
            await session.Close();
            var id = znodes.Find(znode => znode.Path == ZnodePaths.ClusterId);
            return [.. znodes.Where(znode => znode != id), .. id is null ? Array.Empty<ExportedZnode>() : [id]];
        }
        finally
        {
            await store.Close();
        }
    }

    private static async Task Add(string path, IZooKeeper store, List<ExportedZnode> znodes)
    {
        var read = await store.Read(path);
        if (read.Stat is not { EphemeralOwner: 0 })
            return;
        znodes.Add(new ExportedZnode(path, read.Data));
        // What is told there has been heard.
        if (ZnodePaths.Notifications.Contains(path))
            return;
        foreach (var name in (await store.Names(path)).Order(StringComparer.Ordinal))
            await Add($"{path}/{name}", store, znodes);
    }

    private static IReadOnlyList<ExportedZnode> FromFolders(BrokerConfig config, BrokerPlatform platform, LogDirs dirs)
    {
        if (dirs.BrokerId is not { } broker)
            throw new StartupError($"{dirs.All[0].Path} has neither an embedded store nor a {MetaProperties.FileName} with a broker.id, so "
                + "it is not known whose partitions these are");
        var folders = AdoptedFolders.Read(platform, FolderSurvey.Find(platform.Disk, dirs.Online.Select(dir => dir.Path)));
        var defaults = new TopicConfig(config, new Dictionary<string, string>()).ToLogConfig();
        var block = folders.ProducerIds() is { } ids ? ProducerIdBlockJson.Encode(broker, ids) : null;
        var znodes = ZnodePaths.Persistent.Select(
            path => new ExportedZnode(path, path == ZnodePaths.LatestProducerIdBlock ? block : null)).ToList();
        foreach (var topic in folders.Topics(broker, config, defaults))
        {
            znodes.Add(new ExportedZnode(ZnodePaths.TopicConfig(topic.Name), ConfigJson.Encode(topic.Settings)));
            znodes.AddRange(topic.Znodes().Select(znode => new ExportedZnode(znode.Path, znode.Data)));
        }
        if (dirs.ClusterId is { } clusterId)
            znodes.Add(new ExportedZnode(ZnodePaths.ClusterId, ClusterIdJson.Encode(clusterId)));
        return znodes;
    }

    private static BrokerConfig ConfigFor(IReadOnlyList<string> logDirs, string? ensemble)
    {
        var properties = LocalDefaults.Properties();
        properties["log.dirs"] = string.Join(',', logDirs);
        properties.Remove("broker.id");
        if (ensemble is not null)
            properties["zookeeper.connect"] = ensemble;
        return BrokerConfig.Parse(properties);
    }
}
