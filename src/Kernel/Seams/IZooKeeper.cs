namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>ZooKeeper's result codes that callers decide on, by ZooKeeper's numbers.</summary>
public enum ZkResult
{
    Ok = 0,
    RuntimeInconsistency = -2,
    ConnectionLoss = -4,
    BadArguments = -8,
    NoNode = -101,
    BadVersion = -103,
    NoChildrenForEphemerals = -108,
    NodeExists = -110,
    NotEmpty = -111,
    SessionExpired = -112,
}

/// <summary>How a znode is made. Ephemeral ones go with the session; sequential ones get a ten-digit suffix.</summary>
public enum ZkCreateMode
{
    Persistent = 0,
    Ephemeral = 1,
    PersistentSequential = 2,
    EphemeralSequential = 3,
}

/// <summary>What ZooKeeper keeps beside a znode's data.</summary>
public sealed record ZkStat(
    long Czxid, long Mzxid, long CtimeMs, long MtimeMs, int Version, int ChildrenVersion, long EphemeralOwner, int DataLength,
    int ChildrenCount);

/// <summary>One operation, alone or in a multi. Version −1 means any. Null data differs from empty data, as in ZooKeeper.</summary>
public abstract record ZkOp(string Path)
{
    public sealed record Create(string Path, byte[]? Data, ZkCreateMode Mode = ZkCreateMode.Persistent) : ZkOp(Path);
    public sealed record Delete(string Path, int Version = -1) : ZkOp(Path);
    public sealed record SetData(string Path, byte[]? Data, int Version = -1) : ZkOp(Path);
    public sealed record Check(string Path, int Version) : ZkOp(Path);
}

/// <summary>One operation's result: the path made (with its sequence suffix) and the stat after a create or a set.</summary>
public sealed record ZkOpResult(ZkResult Result, string? Path = null, ZkStat? Stat = null);

/// <summary>
/// The results of a multi: all applied, or none. Then, as in ZooKeeper, the failed one has its own code, which is also the multi's, those
/// before it Ok and those behind it RuntimeInconsistency.
/// </summary>
public sealed record ZkMultiResult(ZkResult Result, IReadOnlyList<ZkOpResult> Results);

public sealed record ZkData(ZkResult Result, byte[]? Data, ZkStat? Stat);

public sealed record ZkChildren(ZkResult Result, IReadOnlyList<string> Names, ZkStat? Stat);

public enum ZkEventKind
{
    Created = 1,
    Deleted = 2,
    DataChanged = 3,
    ChildrenChanged = 4,
    /// <summary>The session is gone, its ephemeral nodes with it; a new one has been made.</summary>
    SessionExpired = -112,
}

public readonly record struct ZkEvent(ZkEventKind Kind, string Path);

/// <summary>Takes the watch events of one session, called on the loop given to <see cref="IZooKeeper.Watch"/>.</summary>
public interface IZkWatcher
{
    void OnEvent(ZkEvent zkEvent);
}

/// <summary>
/// A ZooKeeper session, whether of an ensemble or of the embedded store. Paths are absolute. Results come as values; a task fails only
/// where we are wrong. Watches are one-shot: a read with <c>watch</c> set arms one for its path, and the event is delivered before any
/// later read sees the change.
/// </summary>
public interface IZooKeeper
{
    long SessionId { get; }
    /// <summary>Who takes events, and on which loop. Set once, before the first watch is armed.</summary>
    void Watch(ILoop loop, IZkWatcher watcher);
    Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations);
    Task<ZkOpResult> Apply(ZkOp operation);
    Task<ZkData> GetData(string path, bool watch = false);
    /// <summary>The stat, or NoNode; with watch set, also an absent node's creation is told.</summary>
    Task<ZkData> Exists(string path, bool watch = false);
    Task<ZkChildren> GetChildren(string path, bool watch = false);
}
