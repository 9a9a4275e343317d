using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// The one-shot watches of one session. A data watch (of a node, or of a path where one may come) fires on create, change and delete; a
/// child watch on a child's coming and going and on the node's own delete. Touched only on the store's loop.
/// </summary>
internal sealed class Watches
{
    private readonly HashSet<string> data = new(StringComparer.Ordinal);
    private readonly HashSet<string> children = new(StringComparer.Ordinal);

    public void OnData(string path) => data.Add(path);

    public void OnChildren(string path) => children.Add(path);

    public void Clear()
    {
        data.Clear();
        children.Clear();
    }

    /// <summary>The events of one change, their watches disarmed; the node's own before its parent's.</summary>
    public IReadOnlyList<ZkEvent> Take(Change change)
    {
        if (data.Count == 0 && children.Count == 0)
            return [];
        var events = new List<ZkEvent>(2);
        var isArmed = data.Remove(change.Path);
        // A watcher of both hears of a delete once.
        if (change.Kind == ChangeKind.Delete)
            isArmed |= children.Remove(change.Path);
        if (isArmed)
            events.Add(new ZkEvent(KindOf(change.Kind), change.Path));
        if (change.Kind != ChangeKind.SetData && ZnodePath.ParentOf(change.Path) is var parent && children.Remove(parent))
            events.Add(new ZkEvent(ZkEventKind.ChildrenChanged, parent));
        return events;
    }

    private static ZkEventKind KindOf(ChangeKind kind) => kind switch
    {
        ChangeKind.Create => ZkEventKind.Created,
        ChangeKind.Delete => ZkEventKind.Deleted,
        _ => ZkEventKind.DataChanged,
    };
}
