namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// Takes the session's watch events and gives each to whoever registered for its path. Registering arms nothing: the next read with
/// <c>watch</c> does. Owned by the coordination loop of the broker, on which it is called and calls. An event nobody is registered for any
/// more is dropped, so a controller that has resigned is never called again.
/// </summary>
public sealed class ZnodeWatchers : IZkWatcher
{
    private readonly ILoop loop;
    private readonly Dictionary<string, Action<ZkEvent>> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action> children = new(StringComparer.Ordinal);
    private readonly List<Action<long>> expiries = [];
    private readonly List<Action<long>> beginnings = [];
    private readonly List<Action<bool>> connections = [];
    private bool hasExpired;

    public ZnodeWatchers(IZooKeeper zooKeeper, ILoop loop)
    {
        this.loop = loop;
        zooKeeper.Watch(loop, this);
    }

    /// <summary>Has the node's creation, change and deletion handled, in place of what handled it before.</summary>
    public void OnNode(string path, Action<ZkEvent> changed)
    {
        Invariant.Holds(loop.IsCurrent);
        nodes[path] = changed;
    }

    /// <summary>Has it handled that a child of the node came or went, in place of what handled it before.</summary>
    public void OnChildren(string path, Action changed)
    {
        Invariant.Holds(loop.IsCurrent);
        children[path] = changed;
    }

    /// <summary>
    /// Has it handled as well that a session, named by its id, is over, its ephemeral nodes and watches with it: at once, whatever else
    /// waits, and before any event of the next session.
    /// </summary>
    public void OnSessionExpired(Action<long> expired)
    {
        Invariant.Holds(loop.IsCurrent);
        expiries.Add(expired);
    }

    /// <summary>Has it handled as well that a session is there behind one that has expired; it is named by its id.</summary>
    public void OnSessionBegun(Action<long> begun)
    {
        Invariant.Holds(loop.IsCurrent);
        beginnings.Add(begun);
    }

    /// <summary>Has it handled as well that the session has a server again, or has none any more.</summary>
    public void OnConnectedOrNot(Action<bool> changed)
    {
        Invariant.Holds(loop.IsCurrent);
        connections.Add(changed);
    }

    public void ForgetNode(string path)
    {
        Invariant.Holds(loop.IsCurrent);
        nodes.Remove(path);
    }

    public void ForgetChildren(string path)
    {
        Invariant.Holds(loop.IsCurrent);
        children.Remove(path);
    }

    void IZkWatcher.OnEvent(ZkEvent zkEvent)
    {
        Invariant.Holds(loop.IsCurrent);
        switch (zkEvent.Kind)
        {
            case ZkEventKind.ChildrenChanged:
                if (children.TryGetValue(zkEvent.Path, out var childrenChanged))
                    childrenChanged();
                break;
            default:
                if (nodes.TryGetValue(zkEvent.Path, out var nodeChanged))
                    nodeChanged(zkEvent);
                break;
        }
    }

    void IZkWatcher.OnSessionEvent(ZkSessionEvent sessionEvent)
    {
        Invariant.Holds(loop.IsCurrent);
        switch (sessionEvent.Kind)
        {
            case ZkSessionEventKind.Expired:
                hasExpired = true;
                expiries.ForEach(expired => expired(sessionEvent.SessionId));
                break;
            case ZkSessionEventKind.Connected or ZkSessionEventKind.Disconnected:
                var isConnected = sessionEvent.Kind == ZkSessionEventKind.Connected;
                if (isConnected && hasExpired)
                {
                    hasExpired = false;
                    beginnings.ForEach(begun => begun(sessionEvent.SessionId));
                }
                connections.ForEach(changed => changed(isConnected));
                break;
        }
    }
}
