using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Tests.Simulation.Znodes;

/// <summary>
/// What ZooKeeper's rules make of a run of operations: a plain map, told outside the store, with one zxid for each transaction that changes
/// something or opens a session. A value: what may still be lost is a list of these.
/// </summary>
internal sealed class ZnodeModel
{
    private readonly SortedDictionary<string, Node> nodes;

    public ZnodeModel() => nodes = new(StringComparer.Ordinal) { ["/"] = new Node(null, 0, 0, 0, 0, 0, 0, 0, 0) };

    private ZnodeModel(ZnodeModel other) => (nodes, Zxid) = (new(other.nodes, StringComparer.Ordinal), other.Zxid);

    public long Zxid { get; private set; }

    public IEnumerable<string> Paths => nodes.Keys;

    public ZnodeModel Copy() => new(this);

    /// <summary>All or none. The results as the store has to give them.</summary>
    public ZkMultiResult Multi(IReadOnlyList<ZkOp> operations, long sessionId, long nowMs)
    {
        var before = Copy();
        var results = new List<ZkOpResult>();
        foreach (var operation in operations)
        {
            var result = Apply(operation, sessionId, before.Zxid + 1, nowMs);
            results.Add(result);
            if (result.Result == ZkResult.Ok)
                continue;
            Become(before);
            var all = operations.Select((_, index) => index < results.Count - 1 ? new ZkOpResult(ZkResult.Ok)
            : index == results.Count - 1 ? result
            : new ZkOpResult(ZkResult.RuntimeInconsistency));
            return new ZkMultiResult(result.Result, [.. all]);
        }
        if (operations.Any(operation => operation is not ZkOp.Check))
            Zxid++;
        return new ZkMultiResult(ZkResult.Ok, results);
    }

    /// <summary>The new session's id, which is its zxid.</summary>
    public long OpenSession() => ++Zxid;

    public void EndSession(long sessionId) => DeleteAll(nodes.Where(entry => entry.Value.Owner == sessionId));

    /// <summary>A start ends all sessions of before.</summary>
    public void Restart() => DeleteAll(nodes.Where(entry => entry.Value.Owner != 0));

    public ZkData GetData(string path)
        => nodes.TryGetValue(path, out var node) ? new(ZkResult.Ok, node.Data, StatOf(path)) : new(ZkResult.NoNode, null, null);

    public ZkChildren GetChildren(string path)
        => nodes.ContainsKey(path) ? new(ZkResult.Ok, [.. ChildrenOf(path)], StatOf(path)) : new(ZkResult.NoNode, [], null);

    /// <summary>Everything there is to read, in one text; equal for equal trees.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        foreach (var (path, node) in nodes)
            text.Append(LineOf(path, node.Data, StatOf(path)));
        return text.ToString();
    }

    public static string LineOf(string path, byte[]? data, ZkStat stat)
        => string.Create(CultureInfo.InvariantCulture, $"{path}={(data is null ? "null" : Convert.ToHexString(data))} {stat}\n");

    private ZkOpResult Apply(ZkOp operation, long sessionId, long zxid, long nowMs) => operation switch
    {
        ZkOp.Create create => Create(create, sessionId, zxid, nowMs),
        _ when !nodes.TryGetValue(operation.Path, out _) => new(ZkResult.NoNode),
        ZkOp.Delete delete => Delete(delete),
        ZkOp.SetData setData => SetData(setData, zxid, nowMs),
        ZkOp.Check check => new(IsVersion(check.Path, check.Version) ? ZkResult.Ok : ZkResult.BadVersion),
        _ => throw new InvalidOperationException(),
    };

    private ZkOpResult Create(ZkOp.Create create, long sessionId, long zxid, long nowMs)
    {
        var parentPath = ParentOf(create.Path);
        if (!nodes.TryGetValue(parentPath, out var parent))
            return new(ZkResult.NoNode);
        var isSequential = create.Mode is ZkCreateMode.PersistentSequential or ZkCreateMode.EphemeralSequential;
        var path = isSequential ? create.Path + parent.ChildrenMade.ToString("D10", CultureInfo.InvariantCulture) : create.Path;
        if (nodes.ContainsKey(path))
            return new(ZkResult.NodeExists);
        if (parent.Owner != 0)
            return new(ZkResult.NoChildrenForEphemerals);
        var isEphemeral = create.Mode is ZkCreateMode.Ephemeral or ZkCreateMode.EphemeralSequential;
        nodes[parentPath] = parent with { ChildrenMade = parent.ChildrenMade + 1, ChildrenVersion = parent.ChildrenVersion + 1 };
        nodes[path] = new Node(create.Data, zxid, zxid, nowMs, nowMs, 0, 0, 0, isEphemeral ? sessionId : 0);
        return new(ZkResult.Ok, path);
    }

    private ZkOpResult Delete(ZkOp.Delete delete)
    {
        if (!IsVersion(delete.Path, delete.Version))
            return new(ZkResult.BadVersion);
        if (ChildrenOf(delete.Path).Any())
            return new(ZkResult.NotEmpty);
        Remove(delete.Path);
        return new(ZkResult.Ok, delete.Path);
    }

    private ZkOpResult SetData(ZkOp.SetData setData, long zxid, long nowMs)
    {
        if (!IsVersion(setData.Path, setData.Version))
            return new(ZkResult.BadVersion);
        var node = nodes[setData.Path];
        nodes[setData.Path] = node with { Data = setData.Data, Mzxid = zxid, MtimeMs = nowMs, Version = node.Version + 1 };
        return new(ZkResult.Ok, setData.Path, StatOf(setData.Path));
    }

    private void DeleteAll(IEnumerable<KeyValuePair<string, Node>> ephemerals)
    {
        var paths = ephemerals.Select(entry => entry.Key).ToList();
        paths.ForEach(Remove);
        if (paths.Count > 0)
            Zxid++;
    }

    private void Remove(string path)
    {
        nodes.Remove(path);
        var parent = nodes[ParentOf(path)];
        nodes[ParentOf(path)] = parent with { ChildrenVersion = parent.ChildrenVersion + 1 };
    }

    private void Become(ZnodeModel other)
    {
        nodes.Clear();
        foreach (var (path, node) in other.nodes)
            nodes.Add(path, node);
    }

    private bool IsVersion(string path, int version) => version == -1 || nodes[path].Version == version;

    private ZkStat StatOf(string path)
    {
        var node = nodes[path];
        return new(
            node.Czxid, node.Mzxid, node.CtimeMs, node.MtimeMs, node.Version, node.ChildrenVersion, node.Owner, node.Data?.Length ?? 0,
            ChildrenOf(path).Count());
    }

    private IEnumerable<string> ChildrenOf(string path)
    {
        var prefix = path == "/" ? "/" : path + "/";
        return nodes.Keys.Where(name => name.Length > prefix.Length && name.StartsWith(
            prefix, StringComparison.Ordinal) && name.IndexOf('/', prefix.Length) < 0)
            .Select(name => name[prefix.Length..]);
    }

    private static string ParentOf(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "/";

    private sealed record Node(
        byte[]? Data, long Czxid, long Mzxid, long CtimeMs, long MtimeMs, int Version, int ChildrenMade, int ChildrenVersion, long Owner);
}
