using System.Globalization;
using System.Text;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Simulation.Znodes;

/// <summary>
/// One client of a simulated ensemble at work: makes nodes that are its own, alone and in multis, counts a counter up that all clients
/// share, and follows that counter and its own nodes by watches alone. It keeps what it was answered; every write has data that nobody else
/// writes, so what became of it can be found in the ensemble's history.
/// </summary>
internal sealed class EnsembleClient : IZkWatcher
{
    public const string Counter = "/counter";

    private readonly SimWorld world;
    private readonly ZooKeeperClient client;
    private readonly ILoop loop;
    private readonly int number;
    private readonly Random random;
    private int rounds;

    public EnsembleClient(SimWorld world, ZooKeeperClient client, int number)
    {
        (this.world, this.client, this.number, random) = (world, client, number, world.NewRandom());
        loop = world.Loops.Create($"watcher {number}");
        client.Watch(loop, this);
    }

    public string Root => $"/client-{number}";

    public long SessionId => client.SessionId;

    /// <summary>What was answered with Ok: each write's data, and the version that it was told, if one was.</summary>
    public List<(string Path, string Data, int? Version)> Done { get; } = [];

    public int ExpiredRequests { get; private set; }

    public int Expiries { get; private set; }

    /// <summary>The counter's version as it was read last, because a watch told of it.</summary>
    public int SeenCounter { get; private set; } = -1;

    /// <summary>The number of own nodes as it was read last.</summary>
    public int SeenNodes { get; private set; } = -1;

    /// <summary>Everything that a client does, round by round.</summary>
    public async Task Work(int roundCount)
    {
        await Sure(() => client.Apply(new ZkOp.Create(Root, null)));
        await Sure(() => client.Apply(new ZkOp.Create(Counter, null)));
        Follow();
        for (rounds = 0; rounds < roundCount; rounds++)
        {
            switch (random.Next(4))
            {
                case 0:
                    await MakeNode();
                    break;
                case 1:
                    await MakeNodeInMulti();
                    break;
                case 2:
                    await MakeNodesTogether();
                    break;
                default:
                    await Count();
                    break;
            }
            if (random.Next(3) == 0)
                await world.Pass(TimeSpan.FromMilliseconds(random.Next(1_500)));
        }
    }

    public Task Close() => client.Close();

    public void OnEvent(ZkEvent zkEvent)
    {
        if (zkEvent.Path == Counter)
            loop.Run(ReadCounter);
        else
            loop.Run(ReadNodes);
    }

    public void OnSessionEvent(ZkSessionEvent sessionEvent)
    {
        if (sessionEvent.Kind != ZkSessionEventKind.Expired)
            return;
        Expiries++;
        Follow();
    }

    private void Follow()
    {
        loop.Run(ReadCounter);
        loop.Run(ReadNodes);
    }

    private async Task ReadCounter()
    {
        var read = await client.Exists(Counter, watch: true);
        // What was asked behind an expiry is answered; what was under way is asked again because of it.
        if (read.Stat is { } stat)
            SeenCounter = Math.Max(SeenCounter, stat.Version);
    }

    private async Task ReadNodes()
    {
        var read = await client.GetChildren(Root, watch: true);
        if (read.Result == ZkResult.Ok)
            SeenNodes = Math.Max(SeenNodes, read.Names.Count);
    }

    private Task MakeNode() => Make($"{Root}/n{rounds}", Token());

    private async Task MakeNodesTogether()
    {
        var made = Enumerable.Range(0, random.Next(2, 25)).Select(index => Make($"{Root}/t{rounds}-{index}", $"{Token()} {index}"));
        await made.InOrder();
    }

    private async Task Make(string path, string data) => Note(await client.Apply(new ZkOp.Create(path, Bytes(data))), path, data);

    private async Task MakeNodeInMulti()
    {
        var (path, data) = ($"{Root}/m{rounds}", Token());
        var multi = await client.Multi([new ZkOp.Create(path, null), new ZkOp.SetData(path, Bytes(data), 0), new ZkOp.Check(path, 1)]);
        Note(multi.Result == ZkResult.Ok ? multi.Results[1] : new ZkOpResult(multi.Result), path, data);
    }

    private async Task Count()
    {
        var read = await client.Exists(Counter);
        if (read.Stat is not { } stat)
            return;
        var data = Token();
        var set = await client.Apply(new ZkOp.SetData(Counter, Bytes(data), stat.Version));
        if (set.Result != ZkResult.BadVersion)
            Note(set, Counter, data);
    }

    private void Note(ZkOpResult result, string path, string data)
    {
        if (result.Result == ZkResult.SessionExpired)
            ExpiredRequests++;
        else
            Assert.Equal((path, ZkResult.Ok), (path, result.Result));
        if (result.Result == ZkResult.Ok)
            Done.Add((path, data, result.Stat?.Version));
    }

    /// <summary>Asks until it is there, whoever made it.</summary>
    private static async Task Sure(Func<Task<ZkOpResult>> create)
    {
        while ((await create()).Result is not (ZkResult.Ok or ZkResult.NodeExists))
        {
        }
    }

    private string Token() => string.Create(CultureInfo.InvariantCulture, $"{number}:{rounds}");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
