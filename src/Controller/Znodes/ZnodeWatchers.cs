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
    private readonly List<Action> sessionExpiries = [];

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

    /// <summary>Has it handled as well that the session's ephemeral nodes and watches are gone.</summary>
    public void OnSessionExpired(Action expired)
    {
        Invariant.Holds(loop.IsCurrent);
        sessionExpiries.Add(expired);
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
        if (sessionEvent.Kind != ZkSessionEventKind.Expired)
            return;
        foreach (var expired in sessionExpiries)
            expired();
    }
}
