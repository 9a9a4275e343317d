using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// How a broker that runs alone takes over the folders of a Kafka, or its own whose store is lost: the topics of the partitions in
/// <c>log.dirs</c> that its store does not know are made there from what the folders say. Done only when it is asked for, because their
/// settings are not in the folders. Each topic is written whole, and the cluster's id last, so that an adoption which was cut short is
/// ended by the next one. Runs before the dirs are claimed and any log is opened; changes nothing in the folders.
/// </summary>
internal sealed class FolderAdoption
{
    private readonly DynamicBrokerConfig config;
    private readonly BrokerPlatform platform;
    private readonly LogDirs logDirs;
    private readonly IZooKeeper store;
    private readonly IReadOnlyList<FoundPartition> found;

    private FolderAdoption(
        DynamicBrokerConfig config, BrokerPlatform platform, LogDirs logDirs, IZooKeeper store, IReadOnlyList<FoundPartition> found)
        => (this.config, this.platform, this.logDirs, this.store, this.found) = (config, platform, logDirs, store, found);

    /// <summary>
    /// Throws when the dirs hold partitions, no store is there to know them, and nobody has said that they are to be adopted.
    /// </summary>
    /// <exception cref="StartupError">So it is; the line says what is found, and which answers there are.</exception>
    public static void RequireAnswer(BrokerConfig config, IDisk disk, LogDirs logDirs, string storeFolder)
    {
        if (config.LogDirsAdopt || EmbeddedStore.FileIn(disk, storeFolder) is not null)
            return;
        if (FolderSurvey.Find(disk, logDirs.Online.Select(dir => dir.Path)) is { Count: > 0 } found)
            throw new StartupError(
                $"log.dirs: {Described(found)}, and {Path.Combine(storeFolder, EmbeddedStore.FileNames[0])} is missing, which would tell "
                + "of their topics. Set zookeeper.connect if the znodes are in an ensemble, put the file back if it is lost, or start once "
                + "with --adopt, which takes the topics from the folders, without their settings");
    }

    /// <summary>Looks for partitions that the store does not know. Null when there is nothing to adopt.</summary>
    /// <exception cref="StartupError">There is, and nobody has said that it is wanted.</exception>
    public static async Task<FolderAdoption?> Begin(
        DynamicBrokerConfig config, BrokerPlatform platform, LogDirs logDirs, IZooKeeper store)
    {
        var known = new HashSet<TopicPartition>();
        var topics = new TopicStore(store);
        foreach (var topic in await topics.Topics())
            known.UnionWith((await topics.Topic(topic))?.Partitions.Keys.Select(number => new TopicPartition(topic, number)) ?? []);
        var unknown = FolderSurvey.Find(platform.Disk, logDirs.Online.Select(dir => dir.Path))
            .Where(partition => !known.Contains(partition.Partition)).ToList();
        var clusterId = await new BrokerRegistration(store, platform.Loops.Time).FindClusterId();
        if (unknown.Count == 0 && (clusterId is not null || logDirs.ClusterId is null))
            return null;
        if (!config.Current.LogDirsAdopt && unknown.Count > 0)
            throw new StartupError(
                $"log.dirs: {Described(unknown)}, of which this broker's store does not know. Move the folders away if they are not "
                + "wanted, or start once with --adopt, which takes their topics from the folders, without their settings");
        return config.Current.LogDirsAdopt ? new FolderAdoption(config, platform, logDirs, store, unknown) : null;
    }

    /// <summary>Makes the topics in the store, and the cluster's id where there is none yet; returns that.</summary>
    /// <exception cref="LogDirsUnusable">The folders do not make whole topics, or are another broker's or cluster's.</exception>
    public async Task<string> Write(BrokerId broker)
    {
        logDirs.RequireBroker(broker);
        var registration = new BrokerRegistration(store, platform.Loops.Time);
        var clusterId = await registration.FindClusterId();
        if (clusterId is not null)
            logDirs.RequireCluster(clusterId);
        var folders = AdoptedFolders.Read(platform, found);
        foreach (var topic in await Decide(folders, broker))
            await Write(topic);
        await PassOverIds(registration, broker, folders);
        if (clusterId is null && logDirs.ClusterId is { } theirs)
        {
            var made = await store.CreateRecursive(ZnodePaths.ClusterId, ClusterIdJson.Encode(theirs));
            if (made != ZkResult.Ok)
                throw new ZooKeeperFailed(made, ZnodePaths.ClusterId);
        }
        platform.Log.Warn("broker", $"adopted partitions={found.Count} broker={broker}: topics have the broker's settings where no line "
            + "above says otherwise; make their own ones again, and take --adopt or log.dirs.adopt away");
        return clusterId ?? logDirs.ClusterId ?? await registration.CreateClusterId(platform.Random);
    }

    /// <summary>All is decided before anything is written.</summary>
    private async Task<IReadOnlyList<AdoptedTopic>> Decide(AdoptedFolders folders, BrokerId broker)
    {
        var topics = new TopicStore(store);
        foreach (var partition in found)
        {
            if (await topics.Topic(partition.Partition.Topic) is { } existing)
                throw new LogDirsUnusable($"log.dirs: {partition.Folder} is of a topic that the broker knows with "
                    + $"{existing.Partitions.Count} partitions; move the folder away");
        }
        return folders.Topics(broker, config.Current, new TopicConfigs(config, topics, platform.Log).Of(""));
    }

    private async Task Write(AdoptedTopic topic)
    {
        var configPath = ZnodePaths.TopicConfig(topic.Name);
        var hasConfig = (await store.Exists(configPath)).Result == ZkResult.Ok;
        var written = await store.Multi(
        [
            hasConfig
                ? new ZkOp.SetData(configPath, ConfigJson.Encode(topic.Settings))
                : new ZkOp.Create(configPath, ConfigJson.Encode(topic.Settings)),
            .. topic.Znodes().Select(znode => new ZkOp.Create(znode.Path, znode.Data)),
        ]);
        if (written.Result != ZkResult.Ok)
            throw new ZooKeeperFailed(written.Result, ZnodePaths.Topic(topic.Name));
        platform.Log.Info(
            "topics", $"adopted topic={topic.Name} id={topic.Assignment.TopicId} partitions={topic.Assignment.Partitions.Count}");
        foreach (var reason in topic.Reasons)
            platform.Log.Warn("topics", $"adopted topic={topic.Name} has {reason}");
    }

    /// <summary>No producer id that is in the logs, and no generated broker id, is given again.</summary>
    private async Task PassOverIds(BrokerRegistration registration, BrokerId broker, AdoptedFolders folders)
    {
        if (config.Current.Id < 0)
            await registration.PassOverBrokerIds(broker.Value - config.Current.ReservedBrokerMaxId);
        var latest = ProducerIdBlockJson.Decode((await store.Read(ZnodePaths.LatestProducerIdBlock)).Data);
        if (folders.ProducerIds() is not { } passed || latest?.LastProducerId >= passed.LastProducerId)
            return;
        var set = await store.Apply(new ZkOp.SetData(ZnodePaths.LatestProducerIdBlock, ProducerIdBlockJson.Encode(broker, passed)));
        if (set.Result != ZkResult.Ok)
            throw new ZooKeeperFailed(set.Result, ZnodePaths.LatestProducerIdBlock);
    }

    private static string Described(IReadOnlyList<FoundPartition> found)
    {
        var topics = found.Select(partition => partition.Partition.Topic).Distinct(StringComparer.Ordinal).Count();
        return $"{found[0].Folder}" + (found.Count == 1 ? " is a partition" : $" and {found.Count - 1} more are partitions")
            + (topics == 1 ? $" of topic {found[0].Partition.Topic}" : $" of {topics} topics");
    }
}
