namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>One session of the embedded store. Its state is touched only on the store's loop; the calls may come from anywhere.</summary>
public sealed class EmbeddedSession : IZooKeeper
{
    private readonly EmbeddedStore store;
    private long sessionId;
    private ILoop? watcherLoop;
    private IZkWatcher? watcher;

    internal EmbeddedSession(EmbeddedStore store, long sessionId) => (this.store, this.sessionId) = (store, sessionId);

    public long SessionId => Volatile.Read(ref sessionId);

    internal bool IsOpen { get; private set; } = true;

    internal Watches Watches { get; } = new();

    public void Watch(ILoop loop, IZkWatcher watcher)
    {
        Invariant.Holds(this.watcher is null);
        watcherLoop = loop;
        Volatile.Write(ref this.watcher, watcher);
    }

    public Task<ZkOpResult> Apply(ZkOp operation) => store.Apply(this, operation);

    public Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations) => store.Multi(this, operations);

    public Task<ZkData> GetData(string path, bool watch = false) => store.GetData(this, path, watch);

    public Task<ZkData> Exists(string path, bool watch = false) => store.Exists(this, path, watch);

    public Task<ZkChildren> GetChildren(string path, bool watch = false) => store.GetChildren(this, path, watch);

    /// <summary>Ends the session; its ephemeral nodes are gone when the task is done.</summary>
    public Task Close() => store.Close(this);

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

    private sealed class Delivery(ILoop loop, Action tell) : EmbeddedStore.IOutcome
    {
        // Posted before any later answer completes, so the watcher's loop runs it before what awaits that answer there.
        public void Tell() => loop.Post(tell);

        public void Fail(DiskError error)
        {
        }
    }
}
