using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Protocol.Messages;
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

/// <summary>A broker as the controllers see it: keeps the requests it gets, answers as told, and has a controller of its own.</summary>
public sealed class FakeBroker(ClusterFixture cluster, int id)
{
    public BrokerInfo Info { get; } = ClusterFixture.Info(id);
    public EmbeddedSession Session { get; private set; } = null!;
    /// <summary>The session as the broker's controller uses it.</summary>
    public InterposedZooKeeper ZooKeeper { get; private set; } = null!;
    public KafkaController? Controller { get; private set; }
    public BrokerEpoch Epoch { get; private set; }
    public bool IsDead { get; set; }

    /// <summary>Every request that arrived, in order.</summary>
    public List<object> Requests { get; } = [];
    /// <summary>How many sends from now on the channel fails to deliver.</summary>
    public int FailingSends { get; set; }
    /// <summary>Which requests the channel has a bug with.</summary>
    public Func<object, bool> HitsBug { get; set; } = _ => false;
    /// <summary>Partitions on a log dir that failed.</summary>
    public HashSet<int> FailedPartitions { get; } = [];
    /// <summary>How LeaderAndIsr is answered for a partition, where not without error.</summary>
    public Dictionary<int, KafkaError> LeaderAndIsrErrors { get; } = [];
    /// <summary>While set, StopReplica is not answered.</summary>
    public TaskCompletionSource? HoldStopReplica { get; set; }

    public IEnumerable<LeaderAndIsrRequest> LeaderAndIsrs => Requests.OfType<LeaderAndIsrRequest>();
    public IEnumerable<UpdateMetadataRequest> UpdateMetadatas => Requests.OfType<UpdateMetadataRequest>();
    public IEnumerable<StopReplicaRequest> StopReplicas => Requests.OfType<StopReplicaRequest>();

    /// <summary>The leadership this broker was told last.</summary>
    public LeaderAndIsrRequest.LeaderAndIsrPartitionState Told(string topic, int partition)
        => LeaderAndIsrs.SelectMany(request => request.TopicStates)
        .Where(state => state.TopicName == topic).SelectMany(state => state.PartitionStates).Last(
            state => state.PartitionIndex == partition);

    /// <summary>The leader in the metadata this broker was told last.</summary>
    public int KnownLeader(string topic, int partition) => UpdateMetadatas.SelectMany(request => request.TopicStates)
        .Where(state => state.TopicName == topic).SelectMany(state => state.PartitionStates).Last(
            state => state.PartitionIndex == partition).Leader;

    public async Task OpenSession()
    {
        Session = await cluster.Store.OpenSession();
        ZooKeeper = new InterposedZooKeeper(Session);
    }

    /// <summary>Opens the session and registers.</summary>
    public async Task Begin()
    {
        await OpenSession();
        await Register(Session);
        Controller = new KafkaController(Options(cluster.World.Loops.Create($"coordination-{id}")));
    }

    /// <summary>What a controller on the loop is made with; once for each session.</summary>
    public ControllerOptions Options(ILoop loop) => new()
    {
        Broker = Info,
        ZooKeeper = ZooKeeper,
        Watchers = new ZnodeWatchers(Session, loop),
        Loop = loop,
        Time = cluster.World.Time,
        Random = cluster.World.NewRandom(),
        Log = cluster.Log,
        InterBrokerListener = "PLAINTEXT",
        InterBrokerProtocol = cluster.InterBrokerProtocol,
        ChannelTo = to => new Channel(this, cluster.Brokers[to.Id.Value]),
        DeleteTopicEnable = cluster.DeleteTopicEnable,
        UncleanLeaderElectionEnable = false,
        LeaderBalance = cluster.LeaderBalance,
        RegisterAgain = Register,
    };

    /// <summary>Stands for election.</summary>
    public async Task Stand() => await Controller!.Start(ZooKeeper.InSession(Session.SessionId));

    private async Task Register(IZooKeeper session)
    {
        var outcome = await new BrokerRegistration(session, cluster.World.Time).Register(Info);
        Assert.Null(outcome.Refusal);
        Epoch = outcome.Epoch;
    }

    private sealed class Channel(FakeBroker from, FakeBroker to) : IBrokerChannel
    {
        private bool isBusy;

        public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => Arrive(request, () => new LeaderAndIsrResponse
        {
            Topics = [.. request.TopicStates.Select(topic => new LeaderAndIsrResponse.LeaderAndIsrTopicError
            {
                TopicId = topic.TopicId,
                PartitionErrors = [.. topic.PartitionStates.Select(state => new LeaderAndIsrResponse.LeaderAndIsrPartitionError
                {
                    PartitionIndex = state.PartitionIndex,
                    ErrorCode = to.FailedPartitions.Contains(state.PartitionIndex)
                        ? KafkaError.KafkaStorageError
                        : to.LeaderAndIsrErrors.GetValueOrDefault(state.PartitionIndex),
                })],
            })],
        });

        public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request) => Arrive(request, () => new UpdateMetadataResponse());

        public async Task<StopReplicaResponse> Send(StopReplicaRequest request)
        {
            var response = await Arrive(request, () => new StopReplicaResponse
            {
                PartitionErrors = [.. request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(
                    state => new StopReplicaResponse.StopReplicaPartitionError
                    {
                        TopicName = topic.TopicName,
                        PartitionIndex = state.PartitionIndex,
                        ErrorCode = to.FailedPartitions.Contains(state.PartitionIndex) ? KafkaError.KafkaStorageError : KafkaError.None,
                    }))],
            });
            if (to.HoldStopReplica is { } hold)
                await hold.Task;
            return response;
        }

        public void Dispose()
        {
        }

        private async Task<T> Arrive<T>(object request, Func<T> answer)
        {
            Assert.False(isBusy, "one request is under way at a time");
            isBusy = true;
            await Task.Yield();
            isBusy = false;
            if (from.IsDead || to.IsDead)
                return await new TaskCompletionSource<T>().Task;
            if (to.HitsBug(request))
                throw new InvalidOperationException("a bug");
            if (to.FailingSends > 0)
            {
                to.FailingSends--;
                throw new ChannelFailed("cut");
            }
            to.Requests.Add(request);
            return answer();
        }
    }
}
