using System.Reflection;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper;

/// <summary>Where a case of the contract runs: an empty tree, whoever keeps it.</summary>
public interface IContractGround
{
    /// <summary>Where events are taken.</summary>
    ILoop Loop { get; }

    /// <summary>A session of its own, which ends with the case.</summary>
    Task<IZooKeeper> OpenSession();

    /// <summary>Ends a session before the case does.</summary>
    Task EndSession(IZooKeeper session);

    /// <summary>Done when the condition, which an event makes true, holds.</summary>
    Task Until(Func<bool> condition);
}

/// <summary>
/// What whoever needs ZooKeeper may rely on, case by case. The embedded store and the client on a simulated ensemble pass it in the unit
/// tests, and the client on real ZooKeepers in <c>compat-tests/zookeeper</c>, which compiles these files too.
/// </summary>
public static class ZooKeeperContract
{
    private static readonly Dictionary<string, Func<IContractGround, Task>> Cases = new[]
    {
        typeof(OperationContract), typeof(MultiContract), typeof(WatchContract), typeof(SessionContract),
    }.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .ToDictionary(method => method.Name, method => method.CreateDelegate<Func<IContractGround, Task>>());

    public static IEnumerable<string> Names => Cases.Keys;

    public static Task Run(string name, IContractGround ground) => Cases[name](ground);

    internal static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>Makes a persistent node.</summary>
    internal static async Task Make(this IZooKeeper zooKeeper, string path, string data = "")
        => Assert.Equal(ZkResult.Ok, (await zooKeeper.Apply(new ZkOp.Create(path, Bytes(data)))).Result);

    internal static async Task<ZkResult> ResultOf(this IZooKeeper zooKeeper, ZkOp operation) => (await zooKeeper.Apply(operation)).Result;

    internal static async Task<ZkStat> StatOf(this IZooKeeper zooKeeper, string path) => (await zooKeeper.Exists(path)).Stat!;
}

/// <summary>Keeps the events that a session tells, in order.</summary>
public sealed class ToldEvents : IZkWatcher
{
    private readonly List<ZkEvent> events = [];
    private readonly List<ZkSessionEvent> sessionEvents = [];

    public ToldEvents(IZooKeeper session, ILoop loop) => session.Watch(loop, this);

    public IReadOnlyList<ZkEvent> Events
    {
        get
        {
            lock (events)
                return [.. events];
        }
    }

    public IReadOnlyList<ZkSessionEvent> SessionEvents
    {
        get
        {
            lock (events)
                return [.. sessionEvents];
        }
    }

    public void OnEvent(ZkEvent zkEvent)
    {
        lock (events)
            events.Add(zkEvent);
    }

    public void OnSessionEvent(ZkSessionEvent sessionEvent)
    {
        lock (events)
            sessionEvents.Add(sessionEvent);
    }

    /// <summary>All events up to now: a change of a node made for it is waited for, which is told behind them.</summary>
    public async Task<IReadOnlyList<ZkEvent>> All(IZooKeeper session, IContractGround ground)
    {
        const string path = "/all-told";
        await session.Exists(path, watch: true);
        await session.Apply(new ZkOp.Create(path, null));
        await ground.Until(() => Events.Any(told => told.Path == path));
        await session.Apply(new ZkOp.Delete(path));
        return [.. Events.Where(told => told.Path != path)];
    }
}
