namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// A session with a ZooKeeper ensemble of 3.4 or later, and after its expiry the next one. Calls come from anywhere and are brought to the
/// client's own loop, on which everything else happens; events go to the watcher's loop before the answers behind them are given.
/// </summary>
public sealed class ZooKeeperClient : IZooKeeper
{
    private readonly ILoop loop;
    private readonly ZooKeeperClientOptions options;
    private readonly EnsembleSession session;
    private readonly Chroot chroot;
    private readonly SessionRequests requests;
    private readonly Dictionary<TaskCompletionSource<bool>, IDisposable> awaitingConnection = [];
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long sessionId;
    private ILoop? watcherLoop;
    private IZkWatcher? watcher;

    private ZooKeeperClient(ZooKeeperClientOptions options)
    {
        this.options = options;
        loop = options.Loops.Create("zookeeper-client");
        chroot = new Chroot(options.Connect.Chroot);
        session = new EnsembleSession(options, loop, Tell, zkEvent => Deliver(listening => listening.OnEvent(zkEvent)));
        requests = RequestsIn(0);
    }

    public long SessionId => Volatile.Read(ref sessionId);

    public long LivesUntil => requests.LivesUntil;

    /// <summary>Begins to connect; what is asked meanwhile waits.</summary>
    public static ZooKeeperClient Open(ZooKeeperClientOptions options)
    {
        var client = new ZooKeeperClient(options);
        client.loop.Post(client.session.Start);
        return client;
    }

    /// <summary>Waits until a server is connected; false when that takes longer.</summary>
    public Task<bool> Connected(TimeSpan timeout)
    {
        var completion = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            if (session.IsConnected)
            {
                completion.SetResult(true);
                return;
            }
            awaitingConnection.Add(completion, loop.Schedule(timeout, () =>
            {
                if (awaitingConnection.Remove(completion))
                    completion.SetResult(false);
            }));
        });
        return completion.Task;
    }

    public void Watch(ILoop loop, IZkWatcher watcher)
    {
        Invariant.Holds(this.watcher is null);
        watcherLoop = loop;
        Volatile.Write(ref this.watcher, watcher);
    }

    public IZooKeeper InSession(long sessionId) => RequestsIn(sessionId);

    public Task<ZkOpResult> Apply(ZkOp operation) => requests.Apply(operation);

    public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => requests.Multi(operations);

    public Task<ZkData> GetData(string path, bool watch = false) => requests.GetData(path, watch);

    public Task<ZkData> Exists(string path, bool watch = false) => requests.Exists(path, watch);

    public Task<ZkChildren> GetChildren(string path, bool watch = false) => requests.GetChildren(path, watch);

    /// <summary>
    /// Ends the session; its ephemeral nodes are gone when the task is done, unless no server could be told. From then on every answer is
    /// that the session has expired. Called again it gives the same task.
    /// </summary>
    public Task Close()
    {
        loop.Post(() => session.Close(() => closed.TrySetResult()));
        return closed.Task;
    }

    private SessionRequests RequestsIn(long sessionId) => new(this, session, loop, chroot, options.AccessOf, sessionId);

    private void Tell(ZkSessionEvent sessionEvent)
    {
        if (sessionEvent.Kind == ZkSessionEventKind.Connected)
        {
            Volatile.Write(ref sessionId, sessionEvent.SessionId);
            foreach (var (waiting, timer) in awaitingConnection)
            {
                timer.Dispose();
                waiting.SetResult(true);
            }
            awaitingConnection.Clear();
        }
        Deliver(listening => listening.OnSessionEvent(sessionEvent));
    }

    // Posted before any later answer completes, so the watcher's loop runs it before what awaits that answer there.
    private void Deliver(Action<IZkWatcher> tell)
    {
        if (Volatile.Read(ref watcher) is { } listening)
            watcherLoop!.Post(() => tell(listening));
    }
}
