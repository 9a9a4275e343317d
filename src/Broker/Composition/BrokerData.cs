using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// What a broker finds on disk: its log dirs, locked and claimed for this broker and cluster, and the embedded store in the first of them.
/// Opened before any other part, closed behind all of them.
/// </summary>
public sealed class BrokerData
{
    private BrokerData(LogDirs logDirs, EmbeddedStore store, EmbeddedSession session, BrokerId id, ClusterId clusterId)
        => (LogDirs, Store, Session, Id, ClusterId) = (logDirs, store, session, id, clusterId);

    public LogDirs LogDirs { get; }

    public EmbeddedStore Store { get; }

    public EmbeddedSession Session { get; }

    public BrokerId Id { get; }

    public ClusterId ClusterId { get; }

    /// <summary>Opens all of it; the logs themselves are loaded later, when the topics' settings are known.</summary>
    /// <exception cref="LogDirsUnusable">A log dir is locked, another's, or holds what is not ours.</exception>
    /// <exception cref="StoreCorrupt">A file of the store is damaged.</exception>
    /// <exception cref="StoreMissing">A file of the store is gone, though the dirs have been used.</exception>
    public static async Task<BrokerData> Open(BrokerConfig config, BrokerPlatform platform)
    {
        var logDirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = config.DataFolders,
            Disk = platform.Disk,
            Time = platform.Loops.Time,
            Random = platform.Random,
            Log = platform.Log,
            DiskLoop = platform.Loops.CreateBlocking("disk"),
            ProducerIdExpirationMs = config.ProducerIdExpirationMs,
            Producers = new ProducerBudget(Limits.Producers(platform.MemoryBytes)),
        });
        EmbeddedStore? store = null;
        try
        {
            store = EmbeddedStore.Open(new EmbeddedStoreOptions(platform.Disk, platform.Loops, platform.Log, StoreFolder(config, logDirs))
            {
                SignOfUse = logDirs.SignOfUse,
            });
            var session = await store.OpenSession();
            var registration = new BrokerRegistration(session, platform.Loops.Time);
            await registration.EnsurePersistentPaths();
            var clusterId = await registration.ClusterId(logDirs.ClusterId, platform.Random);
            var id = await ChooseId(config, logDirs, registration);
            if (logDirs.BrokerId is null)
                await RequireTopicsOf(id, new TopicStore(session));
            // Behind the cluster's id in the store: dirs that are claimed have a store, wherever a start was cut short.
            logDirs.Claim(id, clusterId);
            return new BrokerData(logDirs, store, session, id, new ClusterId(clusterId));
        }
        catch
        {
            logDirs.Abandon();
            if (store is not null)
                await store.Close();
            throw;
        }
    }

    /// <summary>Gives up what a start that failed has opened.</summary>
    public async Task Abandon()
    {
        await Store.Close();
        LogDirs.Abandon();
    }

    private static string StoreFolder(BrokerConfig config, LogDirs logDirs)
    {
        // Opened elsewhere, the store would be empty and the cluster another one.
        var first = Path.GetFullPath(config.DataFolders[0]);
        return logDirs.Online[0].Path == first
            ? first
            : throw new LogDirsUnusable($"log.dirs: {first}, which holds the embedded store, cannot be used");
    }

    private static async Task<BrokerId> ChooseId(BrokerConfig config, LogDirs logDirs, BrokerRegistration registration)
    {
        if (config.Id >= 0)
            return new BrokerId(config.Id);
        return logDirs.BrokerId ?? await registration.GenerateBrokerId(config.ReservedBrokerMaxId);
    }

    /// <summary>
    /// When no dir says whose it is any more: the id is wrong that has none of the topics, which would all be without a leader.
    /// </summary>
    private static async Task RequireTopicsOf(BrokerId id, TopicStore topics)
    {
        BrokerId? other = null;
        foreach (var name in await topics.Topics())
        {
            var replicas = (await topics.Topic(name))?.Partitions.Values.SelectMany(partition => partition.Replicas).ToList() ?? [];
            if (replicas.Contains(id))
                return;
            other ??= replicas.Count > 0 ? replicas[0] : null;
        }
        if (other is not null)
            throw new LogDirsUnusable($"broker.id is {id}, but the topics in the embedded store are those of broker {other}, and no "
                + $"{MetaProperties.FileName} is left; put it back, or set broker.id={other}");
    }
}
