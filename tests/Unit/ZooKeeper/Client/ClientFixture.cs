using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

/// <summary>An ensemble in a simulated world, and its clients.</summary>
public sealed class ClientFixture : IContractGround
{
    public ClientFixture(int seed = 1, int serverCount = 1)
    {
        World = new SimWorld(seed);
        Ensemble = new SimEnsemble(World, serverCount);
        Loop = World.Loops.Create("watcher");
    }

    public SimWorld World { get; }

    public SimEnsemble Ensemble { get; }

    public ILoop Loop { get; }

    internal RecordedLog Log { get; } = new();

    /// <summary>The timeout that clients ask for.</summary>
    public static TimeSpan SessionTimeout => TimeSpan.FromSeconds(9);

    public async Task<IZooKeeper> OpenSession()
    {
        var client = Begin();
        Assert.True(await client.Connected(TimeSpan.FromMinutes(1)));
        return client;
    }

    public Task EndSession(IZooKeeper session) => ((ZooKeeperClient)session).Close();

    public async Task Until(Func<bool> condition)
    {
        while (!condition())
            await World.Pass(TimeSpan.FromMilliseconds(1));
    }

    /// <summary>A client that begins to connect.</summary>
    public ZooKeeperClient Begin(string chroot = "", Func<ZooKeeperClientOptions, ZooKeeperClientOptions>? change = null)
    {
        Assert.True(ConnectString.TryParse(Ensemble.ConnectString + chroot, out var connect, out var error), error);
        var options = new ZooKeeperClientOptions(connect, World.Network, World.Loops, World.NewRandom(), Log)
        {
            SessionTimeout = SessionTimeout,
        };
        return ZooKeeperClient.Open(change?.Invoke(options) ?? options);
    }

    /// <summary>A client that is connected.</summary>
    public ZooKeeperClient Open(string chroot = "", Func<ZooKeeperClientOptions, ZooKeeperClientOptions>? change = null)
    {
        var client = Begin(chroot, change);
        Assert.True(World.Await(client.Connected(TimeSpan.FromMinutes(1))));
        return client;
    }

    /// <summary>Runs code of the test in the world.</summary>
    public void Run(Func<Task> code) => World.Await(World.Start(code));

    public ZkOpResult Create(IZooKeeper client, string path, string data = "", ZkCreateMode mode = ZkCreateMode.Persistent)
        => World.Await(client.Apply(new ZkOp.Create(path, ZooKeeperContract.Bytes(data), mode)));
}
