using System.Net;
using System.Text;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Broker.Handlers.Records.Fetching;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.Cluster;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

namespace KafkaCompatBroker.Tests.Unit.Replication;

/// <summary>A broker's replicas and metadata in the simulated world, with a controller played by the test.</summary>
internal sealed class BrokerWorld
{
    public const string Topic = "orders";
    public static readonly TopicId Id = new(7, 7);
    public static readonly TopicPartition First = new(Topic, 0);

    /// <summary>As the settings' table has them.</summary>
    public static readonly ReplicationOptions Options
        = BrokerConfig.Parse(new Dictionary<string, string>()).ToReplicationOptions(new BrokerId(1));

    public BrokerWorld(
        SimWorld? world = null, LogConfig? config = null, string[]? logDirs = null,
        Dictionary<string, string>? settings = null)
    {
        World = world ?? new SimWorld(1);
        Config = config ?? LogConfig.Default;
        LogDirs = LogDirs.Open(
            new LogDirsOptions
            {
                Paths = logDirs ?? ["/data"],
                Disk = World.Disk,
                Time = World.Loops.Time,
                Random = World.NewRandom(),
                VerifiesTransactions = () => VerifiesTransactions,
            });
        LogDirs.Claim(new BrokerId(1), "cluster");
        LogDirs.Load(_ => Config);
        Metadata = new MetadataCache(World.Loops.Create("metadata"));
        Leader = new PlayedLeader(World);
        Settings = new ReplicasSettings
        {
            Options = Options,
            Loops = World.Loops,
            LogDirs = LogDirs,
            Log = Log,
            LiveBrokers = Metadata,
            OtherBrokers = new OtherBrokers(Leader, Controller),
            ConfigOf = _ => Config,
            DirLost = () => DirsLost++,
            LastDirLost = () => IsStopped = true,
            LockLost = LostLocks.Add,
        };
        Replicas = new Replicas(Settings);
        Channel = new ControllerChannel(this);
        Sessions = new FetchSessionCache(slots: 2, partitionsMax: 100, World.Loops.Time, World.NewRandom());
        Fetch = new FetchHandler(Replicas, Metadata, Sessions, BrokerDefaults.Config, new ListenerAccess());
        DynamicConfig = new DynamicBrokerConfig(settings is null ? BrokerDefaults.Config : BrokerConfig.Parse(settings), NoLog.Instance);
        Produce = new ProduceHandler(
            Replicas, Metadata, new TransactionGuards(Coordinator, DynamicConfig, World.Loops.Time, World.Loops.Create("guards")));
        Context = new RequestContext { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
        PeerContext = new RequestContext { Listener = Context.Listener, RemoteEndPoint = Context.RemoteEndPoint, IsInterBroker = true };
    }

    public SimWorld World { get; }
    public LogConfig Config { get; }
    public LogDirs LogDirs { get; }
    public MetadataCache Metadata { get; }
    public ReplicasSettings Settings { get; }
    public Replicas Replicas { get; }
    public ControllerChannel Channel { get; }
    /// <summary>Whoever leads a partition that this broker follows.</summary>
    public PlayedLeader Leader { get; }
    /// <summary>Decides on proposed ISRs as the test says.</summary>
    public PlayedController Controller { get; } = new();
    public FetchSessionCache Sessions { get; }
    public FetchHandler Fetch { get; }
    public ProduceHandler Produce { get; }
    public DynamicBrokerConfig DynamicConfig { get; }
    /// <summary>Answers about transactions as the test says.</summary>
    public PlayedCoordinator Coordinator { get; } = new();
    public RequestContext Context { get; }
    /// <summary>Of a request that comes from another broker.</summary>
    public RequestContext PeerContext { get; }
    public RecordedLog Log { get; } = new();
    public bool VerifiesTransactions { get; set; }
    public int DirsLost { get; private set; }
    public bool IsStopped { get; private set; }
    public List<DiskError> LostLocks { get; } = [];
    public Partition Partition => Replicas.Find(First)!;

    /// <summary>The controller makes broker 1 the leader, and says so in the metadata.</summary>
    public BrokerWorld Lead(
        int leaderEpoch = 0, int[]? isr = null, int[]? replicas = null, int partitionEpoch = 0, int leader = 1, int[]? live = null)
    {
        World.Await(Channel.Send(Decision(leaderEpoch, isr, replicas, partitionEpoch, leader)));
        World.Await(Channel.Send(new UpdateMetadataRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            LiveBrokers =
            [
                .. (live ?? [1]).Select(id => new UpdateMetadataRequest.UpdateMetadataBroker
                {
                    Id = id,
                    Rack = $"rack-{id}",
                    Endpoints = [new() { Listener = "PLAINTEXT", Host = "localhost", Port = 9092 }],
                }),
            ],
            TopicStates = [new()
            {
                TopicName = Topic,
                TopicId = Id,
                PartitionStates = [new() { PartitionIndex = 0, Leader = leader, LeaderEpoch = leaderEpoch, Isr = [1], Replicas = [1] }],
            }],
        }));
        return this;
    }

    public static LeaderAndIsrRequest Decision(
        int leaderEpoch = 0, int[]? isr = null, int[]? replicas = null, int partitionEpoch = 0, int leader = 1) => new()
    {
        ControllerId = 1,
        ControllerEpoch = 1,
        TopicStates =
        [
            new()
            {
                TopicName = Topic,
                TopicId = Id,
                PartitionStates =
                [
                    new()
                    {
                        PartitionIndex = 0,
                        ControllerEpoch = 1,
                        Leader = leader,
                        LeaderEpoch = leaderEpoch,
                        PartitionEpoch = partitionEpoch,
                        Isr = [.. isr ?? [1]],
                        Replicas = [.. replicas ?? [1]],
                    },
                ],
            },
        ],
    };

    public AppendOutcome Append(short acks = -1, int timeoutMs = 1000, string value = "v")
        => World.Await(BeginAppend(TimeSpan.FromMilliseconds(timeoutMs), acks, value));

    /// <summary>An append that may wait.</summary>
    public Task<AppendOutcome> BeginAppend(TimeSpan timeout, short acks = -1, string value = "v")
        => Begin(() => Partition.Append(Batch(value), AppendOrigin.Client, acks, true, timeout));

    public static byte[] Batch(params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            builder.Append(1000, null, Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public static ProduceRequest ProduceOf(byte[]? records, short acks = -1, string topic = Topic, int partition = 0) => new()
    {
        Acks = acks,
        TimeoutMs = 1000,
        RecordsV2Only = true,
        Zstd = true,
        LeaderDiscovery = true,
        TopicData = [new()
        {
            Name = topic,
            PartitionData = [new() { Index = partition, Records = records is null ? null : new RecordBytes(records) }],
        }],
    };

    public static FetchRequest FetchOf(long offset, int maxWaitMs = 0, int minBytes = 1, int sessionId = 0, int sessionEpoch = -1) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        MaxBytes = 1 << 20,
        SessionId = sessionId,
        SessionEpoch = sessionEpoch,
        AtLeastOneBatch = true,
        RecordsV2 = true,
        Zstd = true,
        StorageErrors = true,
        FollowerFetching = true,
        Topics = [new() { Topic = Topic, Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 1 << 20 }] }],
    };

    public ProduceResponse? Send(ProduceRequest request) => World.Await(Begin(() => Produce.Handle(request, Context)));

    public FetchResponse Send(FetchRequest request) => World.Await(Begin(request));

    /// <summary>A fetch that may wait.</summary>
    public Task<FetchResponse> Begin(FetchRequest request, RequestContext? context = null)
        => Begin(() => Fetch.Handle(request, context ?? Context))!;

    /// <summary>Starts code inside the world, so that it goes on there after each await.</summary>
    public Task<T> Begin<T>(Func<ValueTask<T>> code)
    {
        var answer = new TaskCompletionSource<T>();
        _ = World.Start(async () => answer.SetResult(await code()));
        World.RunUntilIdle();
        return answer.Task;
    }

    /// <summary>The test in the controller's place.</summary>
    public sealed class ControllerChannel(BrokerWorld broker)
    {
        public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => broker.Replicas.Apply(request);

        public Task<StopReplicaResponse> Send(StopReplicaRequest request) => broker.Replicas.Apply(request);

        public Task<bool> Send(UpdateMetadataRequest request) => broker.Replicas.Requests.InTurn(() =>
        {
            broker.Metadata.Apply(request);
            return Task.FromResult(true);
        });
    }
}
