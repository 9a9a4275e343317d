using System.Text.Json;
using KafkaCompatBroker.CompatTests.Cluster;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.CompatTests.Chaos;

/// <summary>Three brokers of ours on three ZooKeepers, all of them processes, and who leads what as the znodes say.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private readonly ZooKeeperClient client;

    private ChaosCluster(IReadOnlyList<RealZooKeeper> ensemble)
    {
        Ensemble = ensemble;
        var connect = string.Join(',', ensemble.Select(server => server.Connect)) + "/kafka";
        Brokers = new ThreeBrokers(connect, null, null, null);
        client = ZooKeepers.Open(connect, TimeSpan.FromSeconds(30));
    }

    public IReadOnlyList<RealZooKeeper> Ensemble { get; }

    public ThreeBrokers Brokers { get; }

    /// <summary>All topics of the clients, which have <see cref="ThreeBrokers.Replicas"/> replicas.</summary>
    public IReadOnlyList<string> Topics { get; private set; } = [];

    public static async Task<ChaosCluster> Start(ZooKeepers zooKeepers)
    {
        var cluster = new ChaosCluster(await zooKeepers.StartThree("3.8.4"));
        await cluster.Brokers.Start();
        return cluster;
    }

    public async Task CreateTopics(IReadOnlyList<string> topics, int partitionCount)
    {
        using (var admin = new Admin((await Controller()).Port))
        {
            foreach (var topic in topics)
                await admin.CreateTopic(topic, partitionCount, ThreeBrokers.Replicas);
        }
        Topics = topics;
        await UntilWhole();
    }

    /// <summary>Every broker knows each partition to be led and to have all its replicas in sync.</summary>
    public Task UntilWhole() => Brokers.UntilWhole(Topics);

    /// <summary>The controller, once there is one that is alive.</summary>
    public async Task<BrokerUnderTest> Controller()
    {
        var id = -1;
        await Admin.Until("a broker is the controller", async () => (id = await ControllerId()) >= 0);
        return Brokers.All[id - 1];
    }

    /// <summary>The leader of a partition, once there is one.</summary>
    public async Task<BrokerUnderTest> LeaderOf(string topic, int partition)
    {
        var leader = -1;
        await Admin.Until($"{topic}-{partition} is led", async () => (leader = await LeaderId(topic, partition)) >= 0);
        return Brokers.All[leader - 1];
    }

    public int IndexOf(BrokerUnderTest broker) => Brokers.All.Index().Single(each => each.Item == broker).Index;

    /// <summary>The session under which the broker is registered and the broker epoch that this gave it; null when it is not.</summary>
    public async Task<(long Session, long Epoch)?> Registration(BrokerUnderTest broker)
        => (await client.GetData($"/brokers/ids/{IndexOf(broker) + 1}")).Stat is { } stat ? (stat.EphemeralOwner, stat.Czxid) : null;

    public async ValueTask DisposeAsync()
    {
        await client.Close();
        await Brokers.DisposeAsync();
    }

    private async Task<int> ControllerId()
        => (await client.GetData("/controller")).Data is { } json
            ? JsonDocument.Parse(json).RootElement.GetProperty("brokerid").GetInt32()
            : -1;

    private async Task<int> LeaderId(string topic, int partition)
        => (await client.GetData($"/brokers/topics/{topic}/partitions/{partition}/state")).Data is { } json
            ? JsonDocument.Parse(json).RootElement.GetProperty("leader").GetInt32()
            : -1;
}
