namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>One session of the embedded store. Its state is touched only on the store's loop; the calls may come from anywhere.</summary>
public sealed class EmbeddedSession : IZooKeeper
{
    private readonly EmbeddedStore store;
    private long sessionId;
    private bool isOpen = true;
    private ILoop? watcherLoop;
    private IZkWatcher? watcher;

    internal EmbeddedSession(EmbeddedStore store, long sessionId) => (this.store, this.sessionId) = (store, sessionId);

    public long SessionId => Volatile.Read(ref sessionId);

    internal bool IsOpen { get => Volatile.Read(ref isOpen); private set => Volatile.Write(ref isOpen, value); }

    internal Watches Watches { get; } = new();

    public void Watch(ILoop loop, IZkWatcher watcher)
    {
        Invariant.Holds(this.watcher is null);
        watcherLoop = loop;
        Volatile.Write(ref this.watcher, watcher);
    }

    /// <summary>A store inside the process ends no session because of time.</summary>
    public long LivesUntil => IsOpen ? long.MaxValue : long.MinValue;

    public IZooKeeper InSession(long sessionId) => new OneSession(this, sessionId);

    public Task<ZkOpResult> Apply(ZkOp operation) => store.Apply(this, 0, operation);

    public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => store.Multi(this, 0, operations);

    public Task<ZkData> GetData(string path, bool watch = false) => store.GetData(this, 0, path, watch);

    public Task<ZkData> Exists(string path, bool watch = false) => store.Exists(this, 0, path, watch);

    public Task<ZkChildren> GetChildren(string path, bool watch = false) => store.GetChildren(this, 0, path, watch);

    /// <summary>Ends the session; its ephemeral nodes are gone when the task is done.</summary>
    public Task Close() => store.Close(this);

    /// <summary>Whether what is asked is still to be done: 0 asks in any session, another number in that one alone.</summary>
    internal bool Serves(long onlyIn) => IsOpen && (onlyIn == 0 || onlyIn == SessionId);

    internal void End()
    {
        IsOpen = false;
        Watches.Clear();
    }

    internal void Renew(long newSessionId)
    {
        IsOpen = true;
        Volatile.Write(ref sessionId, newSessionId);
    }

    /// <summary>Tells the watcher of a change if a watch is armed for it.</summary>
    internal void Fire(Change change)
    {
        foreach (var zkEvent in Watches.Take(change))
            Fire(zkEvent);
    }

    internal void Fire(ZkSessionEvent sessionEvent) => Deliver(watcher => watcher.OnSessionEvent(sessionEvent));

    private void Fire(ZkEvent zkEvent) => Deliver(watcher => watcher.OnEvent(zkEvent));

    private void Deliver(Action<IZkWatcher> tell)
    {
        if (Volatile.Read(ref watcher) is { } listening)
            store.Release(new Delivery(watcherLoop!, () => tell(listening)));
    }

    /// <summary>What is asked in one session alone.</summary>
    private sealed class OneSession(EmbeddedSession session, long id) : IZooKeeper
    {
        public long SessionId => id;

        public long LivesUntil => session.Serves(id) ? long.MaxValue : long.MinValue;

        public IZooKeeper InSession(long sessionId) => session.InSession(sessionId);

        public void Watch(ILoop loop, IZkWatcher watcher) => session.Watch(loop, watcher);

        public Task<ZkOpResult> Apply(ZkOp operation) => session.store.Apply(session, id, operation);

        public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => session.store.Multi(session, id, operations);

        public Task<ZkData> GetData(string path, bool watch = false) => session.store.GetData(session, id, path, watch);

        public Task<ZkData> Exists(string path, bool watch = false) => session.store.Exists(session, id, path, watch);

        public Task<ZkChildren> GetChildren(string path, bool watch = false) => session.store.GetChildren(session, id, path, watch);
    }

    private sealed class Delivery(ILoop loop, Action tell) : EmbeddedStore.IOutcome
    {
        // Posted before any later answer completes, so the watcher's loop runs it before what awaits that answer there.
        public void Tell() => loop.Post(tell);

        public void Fail(DiskError error)
        {
        }
    }
}
