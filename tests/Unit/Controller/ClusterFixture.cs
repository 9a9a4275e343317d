using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Controller;

/// <summary>
/// Brokers with a controller each on one embedded store, in a simulated world; what they would do with requests is
/// <see cref="FakeBroker"/>.
/// </summary>
public sealed class ClusterFixture
{
    private const string Directory = "/log-dir";

    public ClusterFixture(int seed = 1)
    {
        World = new SimWorld(seed);
        World.Disk.Mount(Directory);
        OpenStore();
        Admin = World.Await(Store.OpenSession());
        Topics = new TopicStore(Admin);
        Run(() => new BrokerRegistration(Admin, World.Time).EnsurePersistentPaths());
    }

    public SimWorld World { get; }
    internal RecordedLog Log { get; } = new();
    public EmbeddedStore Store { get; private set; } = null!;
    public EmbeddedSession Admin { get; private set; }
    public TopicStore Topics { get; private set; }
    public SortedDictionary<int, FakeBroker> Brokers { get; } = [];
    public bool UncleanLeaderElectionEnable { get; set; }
    public bool DeleteTopicEnable { get; set; } = true;
    public LeaderBalanceOptions? LeaderBalance { get; set; }
    public MetadataVersion InterBrokerProtocol { get; set; } = MetadataVersion.Latest;

    public FakeBroker Active => Assert.Single(Brokers.Values, broker => broker.Controller is { IsActive: true });

    /// <summary>Brokers 1 to count, the first of which is controller.</summary>
    public static ClusterFixture Of(int count, int seed = 1)
    {
        var cluster = new ClusterFixture(seed);
        for (var id = 1; id <= count; id++)
            cluster.StartBroker(id);
        return cluster;
    }

    public FakeBroker StartBroker(int id)
    {
        var broker = RegisterBroker(id);
        Run(broker.Stand);
        return broker;
    }

    /// <summary>A broker that takes no part in elections yet.</summary>
    public FakeBroker RegisterBroker(int id)
    {
        var broker = Brokers[id] = new FakeBroker(this, id);
        Run(broker.Begin);
        return broker;
    }

    public void KillBroker(int id)
    {
        World.Await(Brokers[id].Session.Close());
        Brokers[id].IsDead = true;
        Brokers.Remove(id);
        World.RunUntilIdle();
    }

    /// <summary>Everything dies at once; the store is opened again from its files.</summary>
    public void PowerLoss()
    {
        foreach (var broker in Brokers.Values)
            broker.IsDead = true;
        Brokers.Clear();
        World.Disk.LosePower();
        OpenStore();
        Admin = World.Await(Store.OpenSession());
        Topics = new TopicStore(Admin);
    }

    public TopicId CreateTopic(string topic, params int[][] replicas)
    {
        var id = TopicId.Create(World.NewRandom());
        Assert.Equal(KafkaError.None, Ask(() => Topics.Create(topic, Assignment(id, replicas), new Dictionary<string, string>())));
        World.RunUntilIdle();
        return id;
    }

    /// <summary>Broker 3 listens on host3:9092.</summary>
    public static BrokerInfo Info(int id) => new()
    {
        Id = new BrokerId(id),
        Endpoints =
        [
            new BrokerEndpoint { Listener = "PLAINTEXT", Host = $"host{id}", Port = 9092, SecurityProtocol = SecurityProtocol.Plaintext },
        ],
        TransactionVersionMax = 2,
    };

    public static TopicAssignment Assignment(TopicId id, int[][] replicas) => new(
        id, replicas.Select((ids, partition) => (ids, partition)).ToDictionary(
            entry => entry.partition, entry => ReplicaAssignment.Of([.. entry.ids.Select(broker => new BrokerId(broker))])));

    /// <summary>The lines of the controllers' log that are errors.</summary>
    public IEnumerable<string> Errors => Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal));

    /// <summary>Runs the code inside the world, and then all that it set off.</summary>
    public void Run(Func<Task> code)
    {
        World.Await(World.Start(code));
        World.RunUntilIdle();
    }

    /// <summary>Runs the code inside the world and gives its result.</summary>
    public T Ask<T>(Func<Task<T>> code)
    {
        var result = default(T);
        World.Await(World.Start(async () => result = await code()));
        return result!;
    }

    public LeaderAndIsr StateOf(string topic, int partition)
    {
        var data = World.Await(Admin.GetData(ZnodePaths.State(new TopicPartition(topic, partition))));
        Assert.Equal(ZkResult.Ok, data.Result);
        return PartitionStateJson.Decode(data.Data, data.Stat!.Version)!;
    }

    /// <summary>
    /// The leader writes another ISR and tells the controller, as brokers do below inter.broker.protocol.version 2.7.
    /// </summary>
    public void ChangeIsr(string topic, int partition, params int[] isr)
    {
        var name = new TopicPartition(topic, partition);
        var state = StateOf(topic, partition) with { Isr = [.. isr.Select(id => new BrokerId(id))] };
        Run(async () =>
        {
            await Admin.Apply(new ZkOp.SetData(ZnodePaths.State(name), PartitionStateJson.Encode(state)));
            await Admin.Apply(new ZkOp.Create(
                ZnodePaths.IsrChangePrefix, PartitionListJson.Encode([name]), ZkCreateMode.PersistentSequential));
        });
    }

    public ReplicaAssignment AssignmentOf(string topic, int partition)
        => TopicJson.Decode(World.Await(Admin.GetData(ZnodePaths.Topic(topic))).Data)!.Partitions[partition];

    public bool Exists(string path) => World.Await(Admin.Exists(path)).Result == ZkResult.Ok;

    private void OpenStore() => Store = EmbeddedStore.Open(new EmbeddedStoreOptions(World.Disk, World.Loops, NoLog.Instance, Directory));
}
