using System.Globalization;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Testing;

/// <summary>
/// A broker inside the process of a test: on a free port of loopback, with a temporary folder that goes with it. Several run at once.
/// <code>await using var kafka = await KafkaBroker.StartAsync();</code>
/// </summary>
public sealed class KafkaBroker : IAsyncDisposable
{
    private readonly BrokerServer server;
    private readonly IDisk disk;
    private readonly bool ownsDataFolder;

    private KafkaBroker(BrokerServer server, IDisk disk, string dataFolder, bool ownsDataFolder)
    {
        (this.server, this.disk) = (server, disk);
        (DataFolder, this.ownsDataFolder) = (dataFolder, ownsDataFolder);
    }

    /// <summary>What clients take as <c>bootstrap.servers</c>: host and port.</summary>
    public string BootstrapServers => string.Join(',', server.AdvertisedListeners.Select(listener => $"{listener.Host}:{listener.Port}"));

    /// <summary>The broker's <c>log.dirs</c>.</summary>
    public string DataFolder { get; }

    /// <summary>Starts a broker; done when clients can work with it.</summary>
    /// <exception cref="StartupError">A setting is not allowed, or the folder cannot be used.</exception>
    public static async Task<KafkaBroker> StartAsync(KafkaBrokerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new KafkaBrokerOptions();
        var platform = OsPlatform.Create(options.Log);
        var dataFolder = options.DataFolder ?? TestSettings.TemporaryFolder(platform.Random);
        var properties = TestSettings.Of(dataFolder, port: 0);
        properties.Put(options.Settings);
        var config = BrokerConfig.Parse(properties);
        return new KafkaBroker(
            await BrokerServer.Start(config, platform, cancellationToken), platform.Disk, dataFolder, options.DataFolder is null);
    }

    /// <summary>Stops the broker in order, as SIGTERM does, and deletes its folder unless the options named it.</summary>
    public async ValueTask DisposeAsync()
    {
        await server.Stop();
        if (ownsDataFolder)
            disk.DeleteDirectory(DataFolder);
    }
}

/// <summary>How a broker for a test differs from one that is started with nothing said.</summary>
public sealed class KafkaBrokerOptions
{
    /// <summary>Settings of server.properties by Kafka's names; they go before the defaults.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>A folder that outlives the broker; null for a temporary one.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Where the broker's events go; nowhere unless set.</summary>
    public ILog Log { get; init; } = NoLog.Instance;
}

/// <summary>What brokers in a test's process have in place of Kafka's defaults, unless the test says otherwise.</summary>
internal static class TestSettings
{
    /// <param name="dataFolder">The only log dir.</param>
    /// <param name="port">On loopback; 0 for a free one.</param>
    public static Dictionary<string, string> Of(string dataFolder, int port)
    {
        var properties = LocalDefaults.Properties();
        properties["listeners"] = string.Create(CultureInfo.InvariantCulture, $"PLAINTEXT://127.0.0.1:{port}");
        properties["log.dirs"] = dataFolder;
        properties["offsets.topic.num.partitions"] = "4";
        properties["group.min.session.timeout.ms"] = "100";
        return properties;
    }

    public static void Put(this Dictionary<string, string> properties, IReadOnlyDictionary<string, string> others)
    {
        foreach (var (key, value) in others)
            properties[key] = value;
    }

    /// <summary>A folder that does not exist.</summary>
    public static string TemporaryFolder(Random random) => Path.Combine(Path.GetTempPath(), $"kafka-{random.NextInt64():x16}");
}
