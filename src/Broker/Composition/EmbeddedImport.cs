using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// How a broker that has run alone becomes the first one of a cluster: writes the znodes of its embedded store into an ensemble that has no
/// cluster yet, and then puts the store's files aside. The cluster's id goes last, so an import that was cut short is no cluster, and is
/// ended by the next one. Its log dirs are locked meanwhile; no part of the broker runs.
/// </summary>
public sealed class EmbeddedImport
{
    /// <summary>Behind the names of the store's files once their content is in the ensemble.</summary>
    public const string Aside = ".imported";

    private readonly IZooKeeper from;
    private readonly IZooKeeper to;
    private readonly TimeProvider time;

    private EmbeddedImport(IZooKeeper from, IZooKeeper to, TimeProvider time) => (this.from, this.to, this.time) = (from, to, time);

    /// <exception cref="StartupError">It cannot be done; the ensemble may hold a part, which the next import takes for its own.</exception>
    public static async Task Run(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        if (config.Ensemble is null)
            throw new StartupError("--import-embedded writes into the ensemble that zookeeper.connect names; set it");
        LogDirs? logDirs = null;
        try
        {
            logDirs = BrokerData.OpenLogDirs(new DynamicBrokerConfig(config, platform.Log), platform);
            await Import(config, platform, logDirs, cancellationToken);
        }
        catch (Exception exception) when (StartupError.From(exception, config.Ensemble) is { } error)
        {
            throw error;
        }
        finally
        {
            logDirs?.Abandon();
        }
    }

    private static async Task Import(
        BrokerConfig config, BrokerPlatform platform, LogDirs logDirs, CancellationToken cancellationToken)
    {
        var folder = LogDirs.FullPath(config.DataFolders[0]);
        if (EmbeddedStore.FileIn(platform.Disk, folder) is null)
        {
            platform.Log.Warn("broker", $"--import-embedded: {folder} holds no embedded store (any more), so there is nothing to import");
            return;
        }
        var client = await EnsembleZnodes.Open(config, platform, cancellationToken);
        try
        {
            var found = await new BrokerRegistration(client, platform.Loops.Time).FindClusterId();
            if (found is not null && found != logDirs.ClusterId)
                throw new StartupError(
                    $"zookeeper.connect={config.Ensemble} has a cluster already, {found}, which nothing is written into; "
                    + "name another path behind the servers, as in host:2181/another");
            // Its own cluster's id is the last thing that an import writes.
            if (found is null)
                await Write(platform, logDirs, folder, client);
            PutAside(platform.Disk, folder);
            platform.Log.Info("broker", $"the znodes of {folder} are in zookeeper.connect={config.Ensemble}");
        }
        finally
        {
            await client.Close();
        }
    }

    private static async Task Write(BrokerPlatform platform, LogDirs logDirs, string folder, IZooKeeper to)
    {
        var store = EmbeddedStore.Open(
            new EmbeddedStoreOptions(platform.Disk, platform.Loops, platform.Log, folder) { SignOfUse = logDirs.SignOfUse });
        try
        {
            var session = await store.OpenSession();
            await new EmbeddedImport(session, to, platform.Loops.Time).Write();
            await session.Close();
        }
        finally
        {
            await store.Close();
        }
    }

    private async Task Write()
    {
        await (await from.Names("/")).Select(name => Write($"/{name}")).InOrder();
        var generated = await new BrokerRegistration(from, time).GeneratedBrokerIds();
        await new BrokerRegistration(to, time).PassOverBrokerIds(generated);
        var clusterId = await from.Read(ZnodePaths.ClusterId);
        if (clusterId.Stat is not null && await to.CreateRecursive(ZnodePaths.ClusterId, clusterId.Data) is var made && made != ZkResult.Ok)
            throw new ZooKeeperFailed(made, ZnodePaths.ClusterId);
    }

    /// <summary>Writes a node and all below it.</summary>
    private async Task Write(string path)
    {
        if (path == ZnodePaths.ClusterId)
            return;
        var data = (await from.Read(path)).Data;
        var made = await to.Apply(new ZkOp.Create(path, data));
        if (made.Result == ZkResult.NodeExists)
            await RequireSame(path, data);
        else if (made.Result != ZkResult.Ok)
            throw new ZooKeeperFailed(made.Result, path);
        // Brokers number notifications from where ZooKeeper does, which for a node that has just been made is 0.
        if (ZnodePaths.Notifications.Contains(path))
            return;
        var names = await from.Names(path);
        if ((await to.Names(path)).Except(names).FirstOrDefault() is { } foreign)
            throw Differs($"{path}/{foreign}", "there, and not one of this broker's");
        await names.Select(name => Write($"{path}/{name}")).InOrder();
    }

    private async Task RequireSame(string path, byte[]? data)
    {
        if (!(await to.Read(path)).Data.AsSpan().SequenceEqual(data))
            throw Differs(path, "there already with other data");
    }

    private static StartupError Differs(string path, string why)
        => new($"the ensemble is not empty: {path} is {why}; name another path behind the servers of zookeeper.connect, "
            + "or remove what an import that was cut short has left");

    private static void PutAside(IDisk disk, string folder)
    {
        foreach (var path in EmbeddedStore.FileNames.Select(name => Path.Combine(folder, name)).Where(disk.FileExists))
            disk.Rename(path, path + Aside);
        disk.FlushDirectory(folder);
    }
}
