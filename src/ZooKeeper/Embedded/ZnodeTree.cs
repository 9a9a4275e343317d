using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// The znodes by path, with ZooKeeper's rules for each operation. Checking and applying are one step here: an operation either changes the
/// tree and tells the change to journal, or leaves it as it was and tells why. Touched only on the store's loop.
/// </summary>
internal sealed class ZnodeTree
{
    private readonly Dictionary<string, Znode> nodes = new(StringComparer.Ordinal) { ["/"] = new Znode() };
    private readonly Dictionary<long, SortedSet<string>> ephemerals = [];

    /// <summary>The last transaction applied.</summary>
    public long LastZxid { get; set; }

    /// <summary>Every path and node, parents before their children.</summary>
    public IEnumerable<KeyValuePair<string, Znode>> All => nodes.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    public int Count => nodes.Count;

    public Znode? Find(string path) => nodes.GetValueOrDefault(path);

    public IReadOnlyList<string> EphemeralsOf(long sessionId) => ephemerals.TryGetValue(sessionId, out var paths) ? [.. paths] : [];

    public IReadOnlyList<string> AllEphemerals() => [.. ephemerals.Values.SelectMany(paths => paths).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Checks one operation and applies it; <paramref name="change"/> is null after a Check. <paramref name="undo"/> takes the change back.
    /// </summary>
    public ZkOpResult Apply(ZkOp operation, long sessionId, long zxid, long timeMs, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        return operation switch
        {
            ZkOp.Create create => Create(create, sessionId, zxid, timeMs, out change, out undo),
            ZkOp.Delete delete => Delete(delete, out change, out undo),
            ZkOp.SetData setData => SetData(setData, zxid, timeMs, out change, out undo),
            ZkOp.Check check => Check(check),
            _ => new ZkOpResult(ZkResult.BadArguments),
        };
    }

    /// <summary>
    /// All operations or none, with ZooKeeper's codes: Ok before the one that failed, its own for that, RuntimeInconsistency behind it.
    /// <paramref name="changes"/> is empty after a refusal, and when there was nothing but checks.
    /// </summary>
    public ZkMultiResult ApplyAll(
        IReadOnlyList<ZkOp> operations, long sessionId, long zxid, long timeMs, out IReadOnlyList<Change> changes)
    {
        var results = new List<ZkOpResult>(operations.Count);
        var applied = new List<Change>();
        var undos = new Stack<Action>();
        changes = applied;
        foreach (var operation in operations)
        {
            var result = Apply(operation, sessionId, zxid, timeMs, out var change, out var undo);
            results.Add(result);
            if (result.Result != ZkResult.Ok)
            {
                while (undos.TryPop(out var takeBack))
                    takeBack();
                changes = [];
                return Refused(results, operations.Count);
            }
            if (change is not null)
                applied.Add(change.Value);
            if (undo is not null)
                undos.Push(undo);
        }
        return new ZkMultiResult(ZkResult.Ok, results);
    }

    /// <summary>Applies a journaled transaction; false when it does not fit the tree, which only a damaged file explains.</summary>
    public bool Replay(Transaction transaction)
    {
        foreach (var change in transaction.Changes)
        {
            ZkOp operation = change.Kind switch
            {
                ChangeKind.Create => new ZkOp.Create(
                    change.Path, change.Data, change.EphemeralOwner == 0 ? ZkCreateMode.Persistent : ZkCreateMode.Ephemeral),
                ChangeKind.Delete => new ZkOp.Delete(change.Path),
                _ => new ZkOp.SetData(change.Path, change.Data),
            };
            if (Apply(operation, change.EphemeralOwner, transaction.Zxid, transaction.TimeMs, out _, out _).Result != ZkResult.Ok)
                return false;
        }
        LastZxid = transaction.Zxid;
        return true;
    }

    /// <summary>Puts a node of a snapshot in place; parents come first. False when its parent is not there.</summary>
    public bool Restore(string path, Znode node)
    {
        if (path != "/")
        {
            if (Find(ZnodePath.ParentOf(path)) is not { } parent || !parent.Children.Add(ZnodePath.NameOf(path)))
                return false;
        }
        nodes[path] = node;
        if (node.EphemeralOwner != 0)
            EphemeralPaths(node.EphemeralOwner).Add(path);
        return true;
    }

    private static ZkMultiResult Refused(List<ZkOpResult> results, int count)
    {
        var failed = results[^1];
        var all = new ZkOpResult[count];
        for (var index = 0; index < count; index++)
            all[index] = index < results.Count - 1 ? new(ZkResult.Ok) : index == results.Count - 1 ? failed : new(
                ZkResult.RuntimeInconsistency);
        return new ZkMultiResult(failed.Result, all);
    }

    private ZkOpResult Create(ZkOp.Create create, long sessionId, long zxid, long timeMs, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        var isSequential = create.Mode is ZkCreateMode.PersistentSequential or ZkCreateMode.EphemeralSequential;
        if (!ZnodePath.IsValid(isSequential ? create.Path + "1" : create.Path) || IsTooLarge(create.Data))
            return new ZkOpResult(ZkResult.BadArguments);
        if (create.Path == "/")
            return new ZkOpResult(ZkResult.NodeExists);
        var parentPath = ZnodePath.ParentOf(create.Path);
        if (Find(parentPath) is not { } parent)
            return new ZkOpResult(ZkResult.NoNode);
        var path = isSequential ? $"{create.Path}{parent.ChildrenMade:D10}" : create.Path;
        if (nodes.ContainsKey(path))
            return new ZkOpResult(ZkResult.NodeExists);
        if (parent.EphemeralOwner != 0)
            return new ZkOpResult(ZkResult.NoChildrenForEphemerals);
        var owner = create.Mode is ZkCreateMode.Ephemeral or ZkCreateMode.EphemeralSequential ? sessionId : 0;
        var node = new Znode { Data = create.Data, Czxid = zxid, Mzxid = zxid, CtimeMs = timeMs, MtimeMs = timeMs, EphemeralOwner = owner };
        nodes.Add(path, node);
        parent.Children.Add(ZnodePath.NameOf(path));
        parent.ChildrenMade++;
        if (owner != 0)
            EphemeralPaths(owner).Add(path);
        change = new Change(ChangeKind.Create, path, create.Data, owner);
        undo = () =>
        {
            Remove(path, node);
            parent.ChildrenMade--;
        };
        return new ZkOpResult(ZkResult.Ok, path);
    }

    private ZkOpResult Delete(ZkOp.Delete delete, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        var path = delete.Path;
        if (path == "/" || !ZnodePath.IsValid(path))
            return new ZkOpResult(ZkResult.BadArguments);
        if (Find(path) is not { } node)
            return new ZkOpResult(ZkResult.NoNode);
        if (!Matches(node, delete.Version))
            return new ZkOpResult(ZkResult.BadVersion);
        if (node.Children.Count > 0)
            return new ZkOpResult(ZkResult.NotEmpty);
        Remove(path, node);
        change = new Change(ChangeKind.Delete, path, null, 0);
        undo = () => Restore(path, node);
        return new ZkOpResult(ZkResult.Ok, path);
    }

    private ZkOpResult SetData(ZkOp.SetData setData, long zxid, long timeMs, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        if (!ZnodePath.IsValid(setData.Path) || IsTooLarge(setData.Data))
            return new ZkOpResult(ZkResult.BadArguments);
        if (Find(setData.Path) is not { } node)
            return new ZkOpResult(ZkResult.NoNode);
        if (!Matches(node, setData.Version))
            return new ZkOpResult(ZkResult.BadVersion);
        var (data, mzxid, mtimeMs) = (node.Data, node.Mzxid, node.MtimeMs);
        (node.Data, node.Mzxid, node.MtimeMs) = (setData.Data, zxid, timeMs);
        node.Version++;
        change = new Change(ChangeKind.SetData, setData.Path, setData.Data, 0);
        undo = () =>
        {
            (node.Data, node.Mzxid, node.MtimeMs) = (data, mzxid, mtimeMs);
            node.Version--;
        };
        return new ZkOpResult(ZkResult.Ok, setData.Path, node.Stat);
    }

    private ZkOpResult Check(ZkOp.Check check)
    {
        if (!ZnodePath.IsValid(check.Path))
            return new ZkOpResult(ZkResult.BadArguments);
        if (Find(check.Path) is not { } node)
            return new ZkOpResult(ZkResult.NoNode);
        return new ZkOpResult(Matches(node, check.Version) ? ZkResult.Ok : ZkResult.BadVersion);
    }

    private void Remove(string path, Znode node)
    {
        nodes.Remove(path);
        Find(ZnodePath.ParentOf(path))?.Children.Remove(ZnodePath.NameOf(path));
        if (node.EphemeralOwner == 0)
            return;
        var paths = EphemeralPaths(node.EphemeralOwner);
        paths.Remove(path);
        if (paths.Count == 0)
            ephemerals.Remove(node.EphemeralOwner);
    }

    private SortedSet<string> EphemeralPaths(long sessionId)
    {
        if (!ephemerals.TryGetValue(sessionId, out var paths))
            ephemerals.Add(sessionId, paths = new SortedSet<string>(StringComparer.Ordinal));
        return paths;
    }

    private static bool Matches(Znode node, int version) => version == -1 || version == node.Version;

    private static bool IsTooLarge(byte[]? data) => data?.Length > Limits.ZnodeBytes;
}
