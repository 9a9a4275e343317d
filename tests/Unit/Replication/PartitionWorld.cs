using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Replication;

/// <summary>One partition of broker 1 in the simulated world, for which the test decides as the controller and its replicas do.</summary>
internal sealed class PartitionWorld : ILiveBrokers
{
    public static readonly TopicPartition Name = new("orders", 0);
    public static readonly BrokerId Self = new(1);

    /// <param name="config">Of the partition's log.</param>
    /// <param name="checkpointedHighWatermark">That a start finds.</param>
    /// <param name="flushLoops">Where flushes run beside the partition's loop; without them they are done at once.</param>
    public PartitionWorld(LogConfig? config = null, long checkpointedHighWatermark = 0, ILoops? flushLoops = null)
    {
        LogDirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = ["/data"],
            Disk = World.Disk,
            Time = World.Loops.Time,
            Random = World.NewRandom(),
            FlushLoops = flushLoops,
        });
        LogDirs.ReportTo(DiskErrors.Add);
        LogDirs.Claim(Self, "cluster");
        LogDirs.Load(_ => LogConfig.Default);
        PartitionLog = LogDirs.Create(Name, config ?? LogConfig.Default);
        Loop = World.Loops.Create("partition");
        ReplicasLoop = World.Loops.Create("replicas");
        Partition = new Partition(Name, Loop, new PartitionSettings
        {
            Leader = LeaderSettings,
            Log = Log,
            CheckpointedHighWatermark = _ => checkpointedHighWatermark,
            DiskFailed = DiskErrors.Add,
        });
    }

    public SimWorld World { get; } = new(1);
    public LogDirs LogDirs { get; }
    public PartitionLog PartitionLog { get; }
    public ILoop Loop { get; }
    public ILoop ReplicasLoop { get; }
    public RecordedLog Log { get; } = new();
    public Partition Partition { get; }
    public List<DiskError> DiskErrors { get; } = [];
    /// <summary>Decides on proposed ISRs as the test says.</summary>
    public PlayedController Controller { get; } = new();
    public HashSet<BrokerId> Dead { get; } = [];
    public PartitionSnapshot Snapshot => Partition.Snapshot;

    public LeaderSettings LeaderSettings => new()
    {
        Self = Self,
        Time = World.Loops.Time,
        ReplicaLagTimeMax = BrokerWorld.Options.ReplicaLagTimeMax,
        LiveBrokers = this,
        Log = Log,
        AlterPartition = Controller,
    };

    public bool IsLive(BrokerId broker) => !Dead.Contains(broker);

    public static LeaderAndIsrState Decision(
        int leader = 1, int leaderEpoch = 0, int partitionEpoch = 0, int[]? isr = null, int[]? replicas = null, TopicId topicId = default)
        => new(
            topicId, new BrokerId(leader), new LeaderEpoch(leaderEpoch), new PartitionEpoch(partitionEpoch),
            [.. (isr ?? [1]).Select(id => new BrokerId(id))], [.. (replicas ?? [1]).Select(id => new BrokerId(id))], IsNew: false);

    /// <summary>Broker 1 leads.</summary>
    public RoleChange Lead(
        int leaderEpoch = 0, int partitionEpoch = 0, int[]? isr = null, int[]? replicas = null, TopicId topicId = default)
        => World.Await(Partition.BecomeLeader(
            Decision(1, leaderEpoch, partitionEpoch, isr, replicas, topicId), PartitionLog));

    /// <summary>Broker 2 leads and broker 1 follows.</summary>
    public RoleChange Follow(int leaderEpoch = 0, int partitionEpoch = 0)
        => World.Await(Partition.BecomeFollower(Decision(2, leaderEpoch, partitionEpoch, [2], [1, 2]), PartitionLog));

    public static byte[] Batch(string value = "v", long timestamp = 1000)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(timestamp, null, Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    /// <summary>An append of one record that is answered at once.</summary>
    public AppendOutcome Append(short acks = 1, string value = "v", long timestamp = 1000)
        => World.Await(BeginAppend(acks, TimeSpan.FromSeconds(1), value, timestamp));

    /// <summary>An append that may wait.</summary>
    public Task<AppendOutcome> BeginAppend(short acks, TimeSpan timeout, string value = "v", long timestamp = 1000)
    {
        var answer = new TaskCompletionSource<AppendOutcome>();
        _ = World.Start(async () => answer.SetResult(
            await Partition.Append(Batch(value, timestamp), AppendOrigin.Client, acks, v2Only: true, timeout)));
        World.RunUntilIdle();
        return answer.Task;
    }

    /// <summary>Runs code where the partition's state may be touched.</summary>
    public T OnLoop<T>(Func<T> code) => World.Await(Loop.Ask(code));

    /// <inheritdoc cref="OnLoop{T}"/>
    public void OnLoop(Action code) => OnLoop(() =>
    {
        code();
        return true;
    });
}
