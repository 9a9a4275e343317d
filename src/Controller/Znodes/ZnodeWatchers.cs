namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// Takes the session's watch events and gives each to whoever registered for its path. Registering arms nothing: the next read with
/// <c>watch</c> does. Everything is on the coordination loop of the broker. An event nobody is registered for any more is dropped, so what
/// resigned is never called again.
/// </summary>
public sealed class ZnodeWatchers : IZkWatcher
{
    private readonly Dictionary<string, Action<ZkEvent>> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action> children = new(StringComparer.Ordinal);
    private readonly List<Action> sessionExpiries = [];

    public ZnodeWatchers(IZooKeeper zooKeeper, ILoop loop) => zooKeeper.Watch(loop, this);

    /// <summary>Tells of the node's creation, change and deletion.</summary>
    public void OnNode(string path, Action<ZkEvent> changed) => nodes[path] = changed;

    /// <summary>Tells that a child of the node came or went.</summary>
    public void OnChildren(string path, Action changed) => children[path] = changed;

    /// <summary>Tells that the session's ephemeral nodes and watches are gone.</summary>
    public void OnSessionExpired(Action expired) => sessionExpiries.Add(expired);

    public void ForgetNode(string path) => nodes.Remove(path);

    public void ForgetChildren(string path) => children.Remove(path);

    void IZkWatcher.OnEvent(ZkEvent zkEvent)
    {
        switch (zkEvent.Kind)
        {
            case ZkEventKind.SessionExpired:
                foreach (var expired in sessionExpiries)
                    expired();
                break;
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
}
