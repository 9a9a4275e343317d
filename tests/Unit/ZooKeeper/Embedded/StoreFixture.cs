using System.Text;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

/// <summary>An embedded store in a simulated world, and short ways to ask it.</summary>
public sealed class StoreFixture
{
    public const string Directory = "/log-dir";
    public const string JournalPath = Directory + "/embedded-zookeeper.journal";
    public const string SnapshotPath = Directory + "/embedded-zookeeper.snapshot";

    public StoreFixture(int seed = 1)
    {
        World = new SimWorld(seed);
        World.Disk.Mount(Directory);
        World.Disk.FlushDirectory("/");
        (Store, Session) = Open();
    }

    public SimWorld World { get; }

    public EmbeddedStore Store { get; private set; }

    public EmbeddedSession Session { get; private set; }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The process dies and starts again; with a power loss, unflushed bytes may be gone.</summary>
    public void Restart(bool losePower = false)
    {
        if (losePower)
            World.Disk.LosePower();
        else
            World.Disk.KillProcesses();
        (Store, Session) = Open();
    }

    public EmbeddedSession OpenSession() => World.Await(Store.OpenSession());

    public ZkOpResult Create(string path, string? data = "", ZkCreateMode mode = ZkCreateMode.Persistent)
        => Apply(new ZkOp.Create(path, data is null ? null : Bytes(data), mode));

    public ZkOpResult Set(string path, string? data, int version = -1)
        => Apply(new ZkOp.SetData(path, data is null ? null : Bytes(data), version));

    public ZkOpResult Delete(string path, int version = -1) => Apply(new ZkOp.Delete(path, version));

    public ZkOpResult Apply(ZkOp operation) => World.Await(Session.Apply(operation));

    public ZkMultiResult Multi(params ZkOp[] operations) => World.Await(Session.Multi(operations));

    public ZkData Get(string path, bool watch = false) => World.Await(Session.GetData(path, watch));

    public IReadOnlyList<string> Children(string path) => World.Await(Session.GetChildren(path)).Names;

    public bool Exists(string path) => World.Await(Session.Exists(path)).Result == ZkResult.Ok;

    private (EmbeddedStore Store, EmbeddedSession Session) Open()
    {
        var store = EmbeddedStore.Open(new EmbeddedStoreOptions(World.Disk, World.Loops, NoLog.Instance, Directory));
        return (store, World.Await(store.OpenSession()));
    }
}

/// <summary>Keeps the events it is told, those of watches and those of the session apart.</summary>
public sealed class EventList : IZkWatcher
{
    public List<ZkEvent> Events { get; } = [];

    public List<ZkSessionEvent> SessionEvents { get; } = [];

    public void OnEvent(ZkEvent zkEvent) => Events.Add(zkEvent);

    public void OnSessionEvent(ZkSessionEvent sessionEvent) => SessionEvents.Add(sessionEvent);
}
