using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// A whole broker: starts its parts in the order in which they need each other, and stops them in reverse. <see cref="BrokerParts"/> says
/// what each part is made of.
/// </summary>
public sealed class BrokerServer
{
    /// <summary>
    /// Supervisors kill a process that has not ended 10 s after SIGTERM; the flush of the logs follows the drain and has to fit in as well.
    /// </summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A broker that cannot go on has nothing to answer requests with that still wait; what is answered gets so long to leave.
    /// </summary>
    private static readonly TimeSpan DrainTimeoutOfFailed = TimeSpan.FromMilliseconds(500);

    private readonly BrokerPlatform platform;
    private readonly BrokerParts parts;
    private readonly TaskCompletionSource<string> failed;
    private Task? stopping;

    private BrokerServer(BrokerPlatform platform, BrokerParts parts, TaskCompletionSource<string> failed)
        => (this.platform, this.parts, this.failed) = (platform, parts, failed);

    public BrokerId Id => parts.Id;

    public ClusterId ClusterId => parts.ClusterId;

    /// <summary>Where the broker's znodes are, in words.</summary>
    public string ZnodesPlace => parts.ZnodesPlace;

    /// <summary>What is advertised to clients, with the ports that were bound.</summary>
    public IReadOnlyList<Listener> AdvertisedListeners => parts.Sockets.AdvertisedListeners;

    /// <summary>
    /// Completes, with the reason, when the broker cannot go on: its last log dir or its store is lost. Its owner then stops it.
    /// </summary>
    public Task<string> Failed => failed.Task;

    /// <summary>
    /// Starts a broker; done when clients can work with it. It accepts their connections somewhat earlier, as a Kafka does.
    /// </summary>
    /// <exception cref="StartupError">It cannot start; the message is the line for the operator.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; what was begun has been ended in order.</exception>
    public static async Task<BrokerServer> Start(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        Limits.Check();
        var failed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        platform.Log.Info("broker", $"memory={platform.MemoryBytes >> 20} MiB, of which all bounds are parts");
        if (platform.FileDescriptors < int.MaxValue)
            platform.Log.Info(
                "broker", $"file descriptors={platform.FileDescriptors}, up to {platform.Files.LogFilesMax} of them for logs");
        var sockets = await Bind(config, platform, cancellationToken);
        BrokerData? data = null;
        BrokerParts? parts = null;
        try
        {
            data = await BrokerData.Open(config, platform, cancellationToken);
            if (data.Config.Current.Listeners is var stored && !stored.IsSameAs(config.Listeners)
                && !await sockets.Relisten(stored.OnHost(platform.HostName)))
                throw new StartupError("listeners, as they were changed while the broker ran, cannot be bound; the log says why");
            // A start that is cancelled closes its session, so that what waits for an ensemble ends. No broker is given out without one.
            using var end = cancellationToken.Register(znodes => _ = ((BrokerZnodes)znodes!).Close(), data.Znodes);
            parts = await BrokerParts.Create(config, platform, sockets, data, reason => failed.TrySetResult(reason));
            platform.Loops.Create("broker").Run(async () => failed.TrySetResult(await data.Znodes.Failed));
            await parts.Start(cancellationToken);
            await parts.WaitUntilReady(failed.Task, cancellationToken);
            await end.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return new BrokerServer(platform, parts, failed);
        }
        catch (Exception exception)
        {
            await GiveUp(sockets, data, parts);
            cancellationToken.ThrowIfCancellationRequested();
            if (StartupError.From(exception, config.Ensemble) is { } error)
                throw error;
            throw;
        }
    }

    /// <summary>
    /// The orderly end: others lead what this broker led, connections drain, the controller resigns, logs are flushed and the log dirs
    /// marked as cleanly shut down. Called again it gives the same task.
    /// </summary>
    public Task Stop() => stopping ??= StopOnce();

    /// <summary>
    /// The end that kill −9 makes, as the others of the cluster and the log dirs see it: connections are cut, nobody is told, nothing is
    /// flushed and no log dir is marked as cleanly shut down, so that the next start recovers the logs. Not behind <see cref="Stop"/>.
    /// </summary>
    public Task Kill() => stopping ??= parts.Kill();

    /// <summary>True when clients of this broker are told of all these brokers; false when that takes longer.</summary>
    public Task<bool> Knows(IEnumerable<BrokerId> brokers, TimeSpan patience) => parts.Knows([.. brokers], patience);

    private async Task StopOnce()
    {
        platform.Log.Info("broker", $"stopping broker={Id}");
        if (!failed.Task.IsCompleted)
            await parts.GiveUpLeaders();
        await parts.Stop(failed.Task.IsCompleted ? DrainTimeoutOfFailed : DrainTimeout);
        platform.Log.Info("broker", $"stopped broker={Id}");
    }

    /// <summary>
    /// Ends what a start that failed has begun, so that the same process may start on the same folders at once. Logs that were loaded are
    /// closed in order.
    /// </summary>
    private static async Task GiveUp(SocketServer sockets, BrokerData? data, BrokerParts? parts)
    {
        if (parts is not null)
        {
            await parts.Stop(TimeSpan.Zero);
            return;
        }
        await sockets.Stop(TimeSpan.Zero);
        if (data is not null)
            await data.Abandon();
    }

    private static async Task<SocketServer> Bind(BrokerConfig config, BrokerPlatform platform, CancellationToken cancellationToken)
    {
        var sockets = new SocketServer(
            config.Listeners.OnHost(platform.HostName), NetworkOptions.From(config), platform.Network, platform.Loops, platform.MemoryBytes,
            platform.Files, platform.Log);
        try
        {
            await sockets.Bind(cancellationToken);
        }
        catch (NetworkError error)
        {
            throw new StartupError(error.Message);
        }
        return sockets;
    }
}
