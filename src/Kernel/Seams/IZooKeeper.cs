namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>ZooKeeper's result codes that callers decide on, by ZooKeeper's numbers; a server's other ones come as their number.</summary>
public enum ZkResult
{
    Ok = 0,
    RuntimeInconsistency = -2,
    /// <summary>
    /// Not the answer to a request whose connection was lost, which is sent again. More requests wait for a connection than are kept, or
    /// several connections in a row have ended on this very request, because it or its answer is larger than the other side takes.
    /// </summary>
    ConnectionLoss = -4,
    BadArguments = -8,
    NoNode = -101,
    /// <summary>The znode's ACL does not let this session do it.</summary>
    NoAuth = -102,
    BadVersion = -103,
    NoChildrenForEphemerals = -108,
    NodeExists = -110,
    NotEmpty = -111,
    SessionExpired = -112,
    /// <summary>An ACL for the session's own identity, in a session that has none.</summary>
    InvalidAcl = -114,
    AuthFailed = -115,
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

/// <summary>
/// One operation's result: the path made (with its sequence suffix) and the stat after a set. A create has no stat: ZooKeeper before 3.5
/// tells none, and that of 3.8 tells none inside a multi.
/// </summary>
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
}

public readonly record struct ZkEvent(ZkEventKind Kind, string Path);

public enum ZkSessionEventKind
{
    /// <summary>The session is there and served: a new one, or the one of before on its next connection.</summary>
    Connected,
    /// <summary>No server is connected. The session may go on for as long as its timeout; requests wait.</summary>
    Disconnected,
    /// <summary>
    /// The session is gone, its ephemeral nodes and watches with it. What is asked from here on is done in the next session, which is
    /// made at once where it can be, and otherwise tried for ever.
    /// </summary>
    Expired,
    /// <summary>A server does not take what the session authenticates itself with; it is tried again.</summary>
    AuthFailed,
}

/// <summary>What happened to a session, named by its id; after Expired that is the id of the one that has ended.</summary>
public readonly record struct ZkSessionEvent(ZkSessionEventKind Kind, long SessionId);

/// <summary>Takes the events of sessions and watches, called in their order on the loop given to <see cref="IZooKeeper.Watch"/>.</summary>
public interface IZkWatcher
{
    void OnEvent(ZkEvent zkEvent);
    void OnSessionEvent(ZkSessionEvent sessionEvent);
}

/// <summary>
/// <para>
/// A ZooKeeper session, whether of an ensemble or of the embedded store, and after its expiry the next one. Paths are absolute. Results
/// come as values; a task fails only where we are wrong. Watches are one-shot: a read with <c>watch</c> set arms one for its path, and the
/// event is delivered before any later read sees the change.
/// </para>
/// <para>
/// The session retries, as Kafka's KafkaZkClient does, and nobody above it: a request whose connection is lost is sent again on the next,
/// for as long as the session lives, in the order in which all were asked. A caller sees results, and SessionExpired for what was under
/// way when the session ended; of that it cannot know what was done.
/// </para>
/// <para>
/// A write whose answer was lost may have been done before it is sent again. When it is refused then, what it would have written is read
/// back, and it is Ok if all of that is there, of one transaction that is younger than its first sending: a create that meets NodeExists,
/// by the node's data and owner; a set with a version that meets BadVersion, by the data and the version behind its own; a delete that
/// meets NoNode, because the node is gone; a multi, when that holds for each of its writes, unless a check is what refuses it. So two
/// writers that must not be taken for each other write data that differs. Done twice may be: a set without a version, whose answer is that
/// of the second time; a sequential create, which leaves two nodes; and a create or a delete when another undoes the first in between.
/// </para>
/// </summary>
public interface IZooKeeper
{
    /// <summary>The session there is, else the last one there was; 0 before the first.</summary>
    long SessionId { get; }
    /// <summary>
    /// The timestamp of the TimeProvider until which the ensemble keeps the session for certain: its timeout behind the sending of the last
    /// message that a server has answered. Behind it the session may have ended without this side knowing. Past when there is no session.
    /// </summary>
    long LivesUntil { get; }
    /// <summary>
    /// The same for one session alone. What is asked through it once that session is over is not done, and answered SessionExpired, even
    /// when the next session is there: so what was begun in a session ends with it, and leaves nothing behind in the next.
    /// </summary>
    IZooKeeper InSession(long sessionId);
    /// <summary>Who takes events, and on which loop. Set once, before the first watch is armed.</summary>
    void Watch(ILoop loop, IZkWatcher watcher);
    Task<ZkMultiResult> Multi(IReadOnlyList<ZkOp> operations);
    Task<ZkOpResult> Apply(ZkOp operation);
    Task<ZkData> GetData(string path, bool watch = false);
    /// <summary>The stat, or NoNode; with watch set, also an absent node's creation is told.</summary>
    Task<ZkData> Exists(string path, bool watch = false);
    /// <summary>The names in no order.</summary>
    Task<ZkChildren> GetChildren(string path, bool watch = false);
}
