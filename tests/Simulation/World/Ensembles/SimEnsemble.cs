using System.Globalization;
using System.Net;
using KafkaCompatBroker.ZooKeeper.Embedded;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>
/// A ZooKeeper ensemble of the world: several servers, each on a port of its own, that speak jute, over one tree of the embedded store's.
/// What a server does it does at once and for all of them, so an answer's zxid is exactly that of the tree behind it. Sessions go from one
/// server to another with their id and password, and end when nothing was heard for their timeout. The tree is in memory; faults of disks
/// are the embedded store's own tests'.
/// </summary>
public sealed class SimEnsemble
{
    private readonly SimWorld world;
    private readonly ZnodeTree tree = new();
    private readonly SortedDictionary<long, EnsembleSessionState> sessions = [];
    private readonly Dictionary<string, long> childZxids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> acls = new(StringComparer.Ordinal);
    private long nextSessionId = 0x1000;

    public SimEnsemble(SimWorld world, int serverCount = 1)
        : this(world, [.. Enumerable.Range(0, serverCount).Select(index => new IPEndPoint(IPAddress.Loopback, 2181 + index))])
    {
    }

    /// <param name="endPoints">One for each server.</param>
    public SimEnsemble(SimWorld world, IReadOnlyList<IPEndPoint> endPoints)
    {
        this.world = world;
        Loop = world.Loops.Create("zookeeper-ensemble");
        Servers = [.. endPoints.Select(endPoint => new SimZooKeeper(this, world, endPoint))];
    }

    public IReadOnlyList<SimZooKeeper> Servers { get; }

    /// <summary>All servers, as <c>zookeeper.connect</c> names them.</summary>
    public string ConnectString => string.Join(',', Servers.Select(
        server => IPAddress.IsLoopback(server.EndPoint.Address) ? $"zk:{server.Port}" : $"{server.EndPoint}"));

    /// <summary>Asked for each request that is no ping; what is to happen to it.</summary>
    public Func<EnsembleFault> Fault { get; set; } = () => EnsembleFault.None;

    /// <summary>Whether what clients authenticate themselves with is refused.</summary>
    public bool RefusesAuth { get; set; }

    /// <summary>A larger frame ends the connection that it comes on, as in ZooKeeper, whose default this is.</summary>
    public int FrameMaxBytes { get; set; } = 0xfffff;

    /// <summary>Watches set again by clients that have come back.</summary>
    public int WatchesSetAgain { get; internal set; }

    public IReadOnlyList<long> SessionIds => [.. sessions.Keys];

    public long LastZxid => tree.LastZxid;

    internal ILoop Loop { get; }

    /// <summary>Told of each change as it is made.</summary>
    internal Action<Change>? Changed { get; set; }

    /// <summary>Every change there was, with its zxid.</summary>
    internal List<(long Zxid, Change Change)> History { get; } = [];

    internal ZnodeTree Tree => tree;

    /// <summary>A node as it is, looked at past all clients.</summary>
    public (byte[]? Data, ZkStat Stat)? Look(string path) => tree.Find(path) is { } node ? (node.Data, node.Stat) : null;

    public IReadOnlyList<string> ChildrenOf(string path) => tree.Find(path) is { } node ? [.. node.Children] : [];

    /// <summary>The entries of the ACL that a node was made with, each as <c>permissions:scheme:id</c>.</summary>
    public IReadOnlyList<string> AclOf(string path) => acls[path];

    /// <summary>Changes the tree as some other client would.</summary>
    public ZkMultiResult Apply(params ZkOp[] operations) => OnLoop(() => Apply(operations, sessionId: 0));

    /// <summary>Ends a session as if its time had run out.</summary>
    public void Expire(long sessionId) => OnLoop(() => End(sessionId));

    /// <summary>Ends the connection of a session, or of all; the sessions go on.</summary>
    public void Cut(long? sessionId = null) => OnLoop(() =>
    {
        foreach (var session in sessions.Values.Where(session => sessionId is null || session.Id == sessionId))
            session.Connection?.End("cut");
    });

    /// <summary>Does something behind what the ensemble does now, and before what reaches it from now on.</summary>
    public void Soon(Action action) => Loop.Post(action);

    internal void OnLoop(Action action) => OnLoop(() =>
    {
        action();
        return true;
    });

    private T OnLoop<T>(Func<T> question) => Loop.IsCurrent ? question() : world.Await(Loop.Ask(question));

    internal void End(long sessionId)
    {
        if (!sessions.Remove(sessionId, out var session))
            return;
        var changes = new List<Change>();
        foreach (var path in tree.EphemeralsOf(sessionId))
        {
            tree.Apply(new ZkOp.Delete(path), 0, tree.LastZxid + 1, NowMs, out var change, out _);
            changes.Add(change!.Value);
        }
        tree.LastZxid++;
        Fire(changes);
        session.Connection?.End("the session is over");
    }

    internal EnsembleSessionState? FindSession(long id) => sessions.GetValueOrDefault(id);

    internal EnsembleSessionState OpenSession(TimeSpan timeout)
    {
        var password = new byte[16];
        world.Random.NextBytes(password);
        var session = new EnsembleSessionState(nextSessionId++, password, timeout) { HeardAt = world.Time.GetUtcNow() };
        tree.LastZxid++;
        sessions.Add(session.Id, session);
        ExpireInTime(session);
        return session;
    }

    internal ZkMultiResult Apply(IReadOnlyList<ZkOp> operations, long sessionId)
    {
        var result = tree.ApplyAll(operations, sessionId, tree.LastZxid + 1, NowMs, out var changes);
        if (changes.Count == 0)
            return result;
        tree.LastZxid++;
        world.Trace.Add(string.Create(CultureInfo.InvariantCulture, $"zxid {tree.LastZxid} {changes.Count}"));
        Fire(changes);
        return result;
    }

    internal void SetAcl(string path, IReadOnlyList<string> entries) => acls[path] = entries;

    /// <summary>When a child of the node was last made or deleted.</summary>
    internal long ChildZxid(string path) => childZxids.GetValueOrDefault(path, tree.Find(path)?.Czxid ?? 0);

    private long NowMs => world.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void ExpireInTime(EnsembleSessionState session)
    {
        var left = session.HeardAt + session.Timeout - world.Time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            End(session.Id);
        else if (sessions.ContainsKey(session.Id))
            Loop.Schedule(left, () => ExpireInTime(session));
    }

    private void Fire(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            History.Add((tree.LastZxid, change));
            Changed?.Invoke(change);
            if (change.Kind != ChangeKind.SetData)
                childZxids[ZnodePath.ParentOf(change.Path)] = tree.LastZxid;
            foreach (var session in sessions.Values)
            {
                foreach (var zkEvent in session.Watches.Take(change))
                    session.Connection?.Send(EnsembleAnswers.Event(zkEvent));
            }
        }
    }
}
