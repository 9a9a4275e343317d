using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.ZooKeeper.Client;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>The znodes of a broker whose cluster has an ensemble.</summary>
internal sealed class EnsembleZnodes : BrokerZnodes
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ZooKeeperClient client;

    private EnsembleZnodes(ZooKeeperClient client, ConnectString connect)
        => (this.client, Place) = (client, $"with ZooKeeper {connect}");

    public override IZooKeeper Session => client;

    public override Task<string> Failed { get; } = new TaskCompletionSource<string>().Task;

    public override string Place { get; }

    /// <exception cref="StartupError">
    /// No server answers within <c>zookeeper.connection.timeout.ms</c>, or the log dirs hold znodes of the time when the broker ran alone.
    /// </exception>
    public static async Task<EnsembleZnodes> Connect(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        if (EmbeddedStore.FileIn(platform.Disk, LogDirs.FullPath(config.DataFolders[0])) is { } file)
            throw new StartupError(
                $"zookeeper.connect is set, but {file} holds this broker's topics from when it ran alone: start it once with "
                + "--import-embedded, which writes them into the ensemble, or leave zookeeper.connect out");
        return new EnsembleZnodes(await Open(config, platform, cancellationToken), config.Ensemble!);
    }

    /// <summary>A session of the ensemble.</summary>
    /// <exception cref="StartupError">No server answers within <c>zookeeper.connection.timeout.ms</c>.</exception>
    public static async Task<ZooKeeperClient> Open(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        var client = ZooKeeperClient.Open(
            new ZooKeeperClientOptions(config.Ensemble!, platform.Network, platform.Loops, platform.Random, platform.Log)
            {
                SessionTimeout = TimeSpan.FromMilliseconds(config.ZookeeperSessionTimeoutMs),
                MaxInFlightRequests = config.ZookeeperMaxInFlightRequests,
            });
        var timeoutMs = config.ZookeeperConnectionTimeoutMs ?? config.ZookeeperSessionTimeoutMs;
        for (var left = TimeSpan.FromMilliseconds(timeoutMs); left > TimeSpan.Zero; left -= LookAgain)
        {
            if (await client.Connected(left < LookAgain ? left : LookAgain))
                return client;
            if (cancellationToken.IsCancellationRequested)
                break;
        }
        await client.Close();
        cancellationToken.ThrowIfCancellationRequested();
        throw new StartupError(string.Create(
            CultureInfo.InvariantCulture,
            $"zookeeper.connect={config.Ensemble}: no server has given a session within {timeoutMs} ms; see that one runs there, or raise "
            + $"zookeeper.connection.timeout.ms"));
    }

    public override Task Close() => client.Close();
}
