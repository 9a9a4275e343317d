using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Replication.Moves;

/// <summary>
/// The replicas of a broker with three log dirs in a process that can die, and one partition of which the first log is in the first dir.
/// </summary>
internal sealed class MovingBroker : ILiveBrokers
{
    public const string A = "/a", B = "/b", C = "/c";
    public static readonly string[] Dirs = [A, B, C];
    public static readonly TopicPartition Name = BrokerWorld.First;

    private int leaderEpoch;
    private int appended;

    public MovingBroker(int seed = 1, LogConfig? config = null)
    {
        World = new SimWorld(seed);
        Config = config ?? LogConfig.Default with { SegmentBytes = 700, IndexIntervalBytes = 1, FileDeleteDelayMs = 1000 };
        Start();
    }

    public SimWorld World { get; }
    public LogConfig Config { get; }
    public SimProcess Process { get; private set; } = null!;
    public LogDirs LogDirs { get; private set; } = null!;
    public Replicas Replicas { get; private set; } = null!;
    public RecordedLog Log { get; } = new();
    public int DirsLost { get; private set; }
    /// <summary>Of the controller's last decision.</summary>
    public LeaderEpoch LeaderEpoch => new(leaderEpoch - 1);
    public Partition Partition => Replicas.Find(Name)!;
    public PartitionLog? PartitionLog => LogDirs.Find(Name);
    /// <summary>Where the partition's log is.</summary>
    public string? Home => LogDirs.DirOf(Name)?.Path;
    public bool IsMoving => LogDirs.Futures.Find(Name) is not null;

    public void Start()
    {
        Process = World.CreateProcess();
        LogDirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = Dirs,
            Disk = Process.Disk,
            Time = Process.Time,
            Random = World.NewRandom(),
            Log = Log,
            DiskLoop = Process.CreateBlocking("disk"),
        });
        LogDirs.Claim(new BrokerId(1), "cluster");
        LogDirs.Load(_ => Config);
        Replicas = new Replicas(new ReplicasSettings
        {
            Options = BrokerWorld.Options,
            Loops = Process,
            LogDirs = LogDirs,
            Log = Log,
            LiveBrokers = this,
            ConfigOf = _ => Config,
            DirLost = () => DirsLost++,
            LastDirLost = () => DirsLost++,
            LockLost = _ => DirsLost++,
        });
    }

    /// <summary>The controller names this broker the leader, or another one.</summary>
    public MovingBroker Lead(int leader = 1)
    {
        World.Await(Replicas.Apply(BrokerWorld.Decision(leaderEpoch++, [leader], [1, 2], leader: leader)));
        return this;
    }

    public MovingBroker Append(int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(KafkaError.None, World.Await(BeginAppend()).Error);
        return this;
    }

    /// <summary>Makes all that was appended durable.</summary>
    public MovingBroker Flush()
    {
        Partition.Maintain((log, _) => log.Flush());
        World.RunUntilIdle();
        return this;
    }

    /// <summary>What was asked; not waited for.</summary>
    public Task<IReadOnlyList<KeyValuePair<TopicPartition, KafkaError>>> BeginAlter(string path)
        => Replicas.AlterLogDirs([KeyValuePair.Create(Name, path)]);

    public KafkaError Alter(string path, TopicPartition? name = null)
        => Assert.Single(World.Await(Replicas.AlterLogDirs([KeyValuePair.Create(name ?? Name, path)]))).Value;

    public void Move(string path)
    {
        Assert.Equal(KafkaError.None, Alter(path));
        World.RunUntil(() => Home == path && !IsMoving);
    }

    /// <summary>Copying comes to a stand behind the first piece.</summary>
    public void HoldBack()
    {
        Replicas.MoveQuota.BytesPerSecond = 1;
        Replicas.MoveQuota.Record(1 << 20);
    }

    public void LetGo() => Replicas.MoveQuota.BytesPerSecond = long.MaxValue;

    /// <summary>The values of all records of the log, as a reader of its files has them.</summary>
    public List<string> Values() => ValuesOf(PartitionLog!);

    public static List<string> ValuesOf(PartitionLog log)
    {
        var values = new List<string>();
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            var read = log.Read(offset, 1 << 20, log.LogEndOffset, atLeastOneBatch: true);
            Assert.NotNull(read.Slice);
            var bytes = new byte[read.Length];
            Assert.Equal(bytes.Length, read.Slice.Value.File.Read(read.Slice.Value.Position, bytes));
            read.Slice.Value.File.Release();
            foreach (var batch in new RecordBatchEnumerator(bytes))
            {
                foreach (var record in batch.Records())
                    values.Add(Encoding.UTF8.GetString(record.Value));
                offset = batch.NextOffset;
            }
        }
        return values;
    }

    public static IEnumerable<string> Numbered(int count) => Enumerable.Range(0, count).Select(Value);

    public Task<AppendOutcome> BeginAppend()
        => Partition.Append(BrokerWorld.Batch(Value(appended++)), AppendOrigin.Client, 1, true, TimeSpan.FromSeconds(1)).AsTask();

    /// <summary>The folders of the partition, in all dirs.</summary>
    public List<string> Folders() => [.. Dirs.SelectMany(dir => World.Disk.NamesIn(dir)
        .Where(name => name.StartsWith("orders-0", StringComparison.Ordinal)).Select(name => $"{dir}/{name}"))];

    public bool IsLive(BrokerId broker) => true;

    private static string Value(int number) => $"value-{number:D6}";
}
