using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Testing;

/// <summary>
/// Several brokers inside the process of a test, as one cluster: each on a free port of loopback with a folder of its own, their znodes in
/// a store that they share. Brokers are stopped, killed and started again by their ids, 1, 2, 3 and so on. Several clusters run at once.
/// <code>await using var cluster = await KafkaCluster.StartAsync(brokers: 3);</code>
/// Its members are for one caller at a time.
/// </summary>
public sealed class KafkaCluster : IAsyncDisposable
{
    private static readonly TimeSpan AcquaintanceMax = TimeSpan.FromSeconds(30);

    private readonly KafkaClusterOptions options;
    private readonly BrokerPlatform platform;
    private readonly bool ownsDataFolder;
    private readonly EmbeddedStore store;
    private readonly SortedDictionary<int, BrokerServer> running = [];
    /// <summary>Where each broker was first: it comes back there.</summary>
    private readonly SortedDictionary<int, int> ports = [];

    private KafkaCluster(KafkaClusterOptions options, BrokerPlatform platform, string dataFolder, int brokers)
    {
        this.options = options;
        (DataFolder, ownsDataFolder) = (dataFolder, options.DataFolder is null);
        Brokers = [.. Enumerable.Range(1, brokers)];
        var storeFolder = Path.Combine(dataFolder, "znodes");
        platform.Disk.CreateDirectory(storeFolder);
        store = EmbeddedStore.Open(new EmbeddedStoreOptions(platform.Disk, platform.Loops, platform.Log, storeFolder));
        this.platform = platform with { SharedStore = store };
    }

    /// <summary>The ids of all brokers, whether they run or not.</summary>
    public IReadOnlyList<int> Brokers { get; }

    /// <summary>What clients take as <c>bootstrap.servers</c>: host and port of each broker, whether it runs or not.</summary>
    public string BootstrapServers => string.Join(',', ports.Values.Select(port => $"127.0.0.1:{port}"));

    /// <summary>The folder below which each broker has its <c>log.dirs</c>, named by its id.</summary>
    public string DataFolder { get; }

    /// <summary>Starts a cluster; done when clients can work with every broker, and each knows all the others.</summary>
    /// <param name="brokers">How many.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends what has been begun.</param>
    /// <exception cref="StartupError">A setting is not allowed, or the folder cannot be used.</exception>
    public static async Task<KafkaCluster> StartAsync(
        int brokers = 3, KafkaClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        options ??= new KafkaClusterOptions();
        var platform = OsPlatform.Create(options.Log);
        var cluster = new KafkaCluster(
            options, platform, options.DataFolder ?? TestSettings.TemporaryFolder(platform.Random), brokers);
        try
        {
            await cluster.StartAll(cancellationToken);
            await cluster.GetAcquainted();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public bool IsRunning(int id) => running.ContainsKey(Known(id));

    /// <summary>Stops a broker in order, as SIGTERM does: others lead first what it leads.</summary>
    public Task Stop(int id) => Leave(id).Stop();

    /// <summary>
    /// Ends a broker as kill −9 does. Its session has ended too, so that others lead at once what it led; outside of a test that comes when
    /// <c>zookeeper.session.timeout.ms</c> is over.
    /// </summary>
    public Task Kill(int id) => Leave(id).Kill();

    /// <summary>Starts a broker again that was stopped or killed, at its former port; done when clients can work with it.</summary>
    /// <exception cref="StartupError">Somebody else has the port now.</exception>
    public async Task Start(int id, CancellationToken cancellationToken = default)
    {
        if (IsRunning(id))
            throw new InvalidOperationException($"broker {id} is running");
        Enter(id, await StartServer(id, cancellationToken));
        await GetAcquainted();
    }

    /// <summary>Stops all brokers, and deletes their folder unless the options named it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var id in running.Keys.ToList())
            await (ownsDataFolder ? Kill(id) : Stop(id));
        await store.Close();
        if (ownsDataFolder)
            platform.Disk.DeleteDirectory(DataFolder);
    }

    /// <summary>All at once. Those that have started are entered, though others have failed.</summary>
    private async Task StartAll(CancellationToken cancellationToken)
    {
        var starts = Brokers.Select(id => StartServer(id, cancellationToken)).ToList();
        try
        {
            await starts.InOrder();
        }
        finally
        {
            foreach (var (id, start) in Brokers.Zip(starts))
            {
                if (start.IsCompletedSuccessfully)
                    Enter(id, await start);
            }
        }
    }

    private Task<BrokerServer> StartServer(int id, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(DataFolder, $"{id}");
        var properties = TestSettings.Of(folder, ports.GetValueOrDefault(id));
        properties["broker.id"] = $"{id}";
        var copies = Math.Min(Brokers.Count, 3);
        properties["offsets.topic.replication.factor"] = $"{copies}";
        properties["transaction.state.log.replication.factor"] = $"{copies}";
        properties.Put(options.Settings);
        properties.Put(options.SettingsOf(id));
        return BrokerServer.Start(BrokerConfig.Parse(properties), platform, cancellationToken);
    }

    private void Enter(int id, BrokerServer server)
    {
        running.Add(id, server);
        ports[id] = server.AdvertisedListeners[0].Port;
    }

    private BrokerServer Leave(int id)
        => running.Remove(Known(id), out var server) ? server : throw new InvalidOperationException($"broker {id} is not running");

    private int Known(int id) => Brokers.Contains(id) ? id : throw new ArgumentException($"there is no broker {id}", nameof(id));

    private async Task GetAcquainted()
    {
        var ids = running.Keys.Select(id => new BrokerId(id)).ToList();
        foreach (var (id, server) in running)
        {
            if (!await server.Knows(ids, AcquaintanceMax))
                throw new StartupError($"broker {id} does not know all of {string.Join(", ", ids)}");
        }
    }
}

/// <summary>How a cluster for a test differs from one that is started with nothing said.</summary>
public sealed class KafkaClusterOptions
{
    /// <summary>Settings of server.properties by Kafka's names, for every broker; they go before the defaults.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Settings of one broker, such as its <c>broker.rack</c>; they go before those of all.</summary>
    public Func<int, IReadOnlyDictionary<string, string>> SettingsOf { get; init; } = _ => new Dictionary<string, string>();

    /// <summary>A folder that outlives the cluster; null for a temporary one.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Where the brokers' events go; nowhere unless set.</summary>
    public ILog Log { get; init; } = NoLog.Instance;
}
