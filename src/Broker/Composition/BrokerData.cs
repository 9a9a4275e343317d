using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// What a broker works on: its log dirs, locked and claimed for this broker and cluster, and the cluster's znodes. Opened before any other
/// part, closed behind all of them.
/// </summary>
internal sealed class BrokerData
{
    private BrokerData(DynamicBrokerConfig config, LogDirs logDirs, BrokerZnodes znodes, BrokerId id, ClusterId clusterId)
        => (Config, LogDirs, Znodes, Id, ClusterId) = (config, logDirs, znodes, id, clusterId);

    /// <summary>The settings, with those over them that are among the znodes.</summary>
    public DynamicBrokerConfig Config { get; }

    public LogDirs LogDirs { get; }

    public BrokerZnodes Znodes { get; }

    public IZooKeeper ZooKeeper => Znodes.Session;

    public BrokerId Id { get; }

    public ClusterId ClusterId { get; }

    /// <summary>Opens all of it; the logs themselves are loaded later, when the topics' settings are known.</summary>
    /// <exception cref="LogDirsUnusable">A log dir is locked, another's, or holds what is not ours.</exception>
    /// <exception cref="StoreCorrupt">A file of the embedded store is damaged.</exception>
    /// <exception cref="StoreMissing">A file of the embedded store is gone, though the dirs have been used.</exception>
    /// <exception cref="StartupError">The ensemble is not there, or the embedded store has yet to be taken into it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while the ensemble did not answer.</exception>
    /// <exception cref="ZooKeeperFailed">A znode that is needed cannot be read or made.</exception>
    public static async Task<BrokerData> Open(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        var dynamicConfig = new DynamicBrokerConfig(config, platform.Log);
        var logDirs = OpenLogDirs(dynamicConfig, platform);
        BrokerZnodes? znodes = null;
        try
        {
            znodes = await OpenZnodes(config, platform, logDirs, cancellationToken);
            // What waits for an ensemble that does not answer ends with the session.
            using var end = cancellationToken.Register(opened => _ = ((BrokerZnodes)opened!).Close(), znodes);
            var registration = new BrokerRegistration(znodes.Session, platform.Loops.Time);
            var adoption = znodes is EmbeddedZnodes
                ? await FolderAdoption.Begin(dynamicConfig, platform, logDirs, znodes.Session)
                : null;
            if (adoption is null)
                await RequireCluster(logDirs, registration);
            await registration.EnsurePersistentPaths();
            var id = await ChooseId(config, logDirs, registration);
            var clusterId = adoption is null ? await ClusterIdOf(registration, platform.Random) : await adoption.Write(id);
            if (logDirs.BrokerId is null)
                await znodes.RequireTopicsOf(id);
            // Behind the cluster's id in the store: dirs that are claimed have a store, wherever a start was cut short.
            logDirs.Claim(id, clusterId);
            await ReadConfig(dynamicConfig, new ConfigStore(znodes.Session), id);
            return new BrokerData(dynamicConfig, logDirs, znodes, id, new ClusterId(clusterId));
        }
        catch
        {
            logDirs.Abandon();
            if (znodes is not null)
                await znodes.Close();
            throw;
        }
    }

    /// <summary>The log dirs, locked.</summary>
    /// <exception cref="LogDirsUnusable">One is locked, another's, or holds what is not ours.</exception>
    public static LogDirs OpenLogDirs(DynamicBrokerConfig config, BrokerPlatform platform) => LogDirs.Open(new LogDirsOptions
    {
        Paths = config.Current.DataFolders,
        Disk = platform.Disk,
        Time = platform.Loops.Time,
        Random = platform.Random,
        Log = platform.Log,
        DiskLoop = platform.Loops.CreateBlocking("disk"),
        FlushLoops = platform.Loops,
        ProducerIdExpirationMs = () => config.Current.ProducerIdExpirationMs,
        VerifiesTransactions = () => config.Current.TransactionPartitionVerificationEnable,
        Producers = new ProducerBudget(Limits.Producers(platform.MemoryBytes)),
    });

    /// <summary>What was changed at run time, before anything is made of it.</summary>
    private static async Task ReadConfig(DynamicBrokerConfig config, ConfigStore store, BrokerId id)
    {
        config.UpdateAllBrokers((await store.Read(ConfigEntity.AllBrokers)).Settings);
        config.UpdateBroker((await store.Read(ConfigEntity.Broker(id))).Settings);
    }

    /// <summary>Gives up what a start that failed has opened.</summary>
    public async Task Abandon()
    {
        await Znodes.Close();
        LogDirs.Abandon();
    }

    private static async Task<BrokerZnodes> OpenZnodes(
        BrokerConfig config, BrokerPlatform platform, LogDirs logDirs, CancellationToken cancellationToken)
        => platform.SharedStore is { } store ? await SharedZnodes.Open(store)
            : config.Ensemble is null ? await EmbeddedZnodes.Open(config, platform, logDirs)
            : await EnsembleZnodes.Connect(config, platform, cancellationToken);

    /// <summary>
    /// To a broker with data of a cluster an ensemble without one, or another path of its ensemble, is the wrong one, and nothing is
    /// written there.
    /// </summary>
    private static async Task RequireCluster(LogDirs logDirs, BrokerRegistration registration)
        => logDirs.RequireCluster(await registration.FindClusterId());

    /// <summary>The cluster's id, which the first broker makes.</summary>
    private static async Task<string> ClusterIdOf(BrokerRegistration registration, Random random)
        => await registration.FindClusterId() ?? await registration.CreateClusterId(random);

    private static async Task<BrokerId> ChooseId(BrokerConfig config, LogDirs logDirs, BrokerRegistration registration)
    {
        if (config.Id >= 0)
            return new BrokerId(config.Id);
        return logDirs.BrokerId ?? await registration.GenerateBrokerId(config.ReservedBrokerMaxId);
    }
}
