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
            if (Find(ParentOf(path)) is not { } parent || !parent.Children.Add(NameOf(path)))
                return false;
        }
        nodes[path] = node;
        if (node.EphemeralOwner != 0)
            EphemeralPaths(node.EphemeralOwner).Add(path);
        return true;
    }

    private ZkOpResult Create(ZkOp.Create create, long sessionId, long zxid, long timeMs, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        var isSequential = create.Mode is ZkCreateMode.PersistentSequential or ZkCreateMode.EphemeralSequential;
        if (!IsValid(isSequential ? create.Path + "1" : create.Path) || IsTooLarge(create.Data))
            return new ZkOpResult(ZkResult.BadArguments);
        if (create.Path == "/")
            return new ZkOpResult(ZkResult.NodeExists);
        var parentPath = ParentOf(create.Path);
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
        parent.Children.Add(NameOf(path));
        parent.ChildrenMade++;
        if (owner != 0)
            EphemeralPaths(owner).Add(path);
        change = new Change(ChangeKind.Create, path, create.Data, owner);
        undo = () =>
        {
            Remove(path, node);
            parent.ChildrenMade--;
        };
        return new ZkOpResult(ZkResult.Ok, path, node.Stat);
    }

    private ZkOpResult Delete(ZkOp.Delete delete, out Change? change, out Action? undo)
    {
        (change, undo) = (null, null);
        var path = delete.Path;
        if (path == "/" || !IsValid(path))
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
        if (!IsValid(setData.Path) || IsTooLarge(setData.Data))
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
        if (!IsValid(check.Path))
            return new ZkOpResult(ZkResult.BadArguments);
        if (Find(check.Path) is not { } node)
            return new ZkOpResult(ZkResult.NoNode);
        return new ZkOpResult(Matches(node, check.Version) ? ZkResult.Ok : ZkResult.BadVersion);
    }

    private void Remove(string path, Znode node)
    {
        nodes.Remove(path);
        Find(ParentOf(path))?.Children.Remove(NameOf(path));
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

    internal static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    internal static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Absolute, no empty, "." or ".." step, no end in '/', no NUL.</summary>
    internal static bool IsValid(string path)
    {
        if (path == "/")
            return true;
        if (path.Length == 0 || path[0] != '/' || path.Contains('\0', StringComparison.Ordinal))
            return false;
        foreach (var step in path.AsSpan(1).Split('/'))
        {
            if (path.AsSpan(1)[step] is "" or "." or "..")
                return false;
        }
        return true;
    }
}
