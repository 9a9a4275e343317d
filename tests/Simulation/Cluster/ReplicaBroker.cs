using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Broker.Handlers.Records.Fetching;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>
/// One broker's replicas, with the handlers that followers ask, in a process that is killed and started again on its own dir.
/// </summary>
internal sealed class ReplicaBroker(ReplicationRun run, BrokerId id)
{
    /// <summary>Times as in a cluster that notices soon; sizes that make several requests and segments of a few records.</summary>
    private static readonly Dictionary<string, string> Properties = new()
    {
        ["replica.lag.time.max.ms"] = "2000",
        ["replica.fetch.wait.max.ms"] = "200",
        ["replica.fetch.backoff.ms"] = "100",
        ["replica.fetch.max.bytes"] = "400",
        ["replica.fetch.response.max.bytes"] = "600",
        ["num.replica.fetchers"] = "2",
    };

    private static readonly BrokerConfig Config = BrokerConfig.Parse(Properties);

    public BrokerId Id => id;
    /// <summary>Counts the processes.</summary>
    public int Life { get; private set; }
    public SimProcess? Process { get; private set; }
    public bool IsUp => Process is { IsAlive: true } && Replicas is not null;
    public Replicas? Replicas { get; private set; }
    public MetadataCache? Metadata { get; private set; }
    public FetchHandler? Fetch { get; private set; }
    public ListOffsetsHandler? ListOffsets { get; private set; }
    public OffsetForLeaderEpochHandler? EndOffsets { get; private set; }
    public RequestContext Context { get; } = new()
    {
        Listener = "PLAINTEXT",
        RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        IsInterBroker = true,
    };

    public void Start()
    {
        Life++;
        Replicas = null;
        var process = Process = run.World.CreateProcess();
        process.Start(() =>
        {
            Open(process);
            return Task.CompletedTask;
        });
    }

    /// <summary>As SIGKILL; the broker is started again behind the delay.</summary>
    public void Kill(TimeSpan delay)
    {
        if (!IsUp)
            return;
        run.Tell($"broker {id} is killed");
        Process!.Kill();
        run.Controller.LostSight(this);
        run.World.Time.CreateTimer(_ => Start(), null, delay, Timeout.InfiniteTimeSpan);
    }

    public void Register(BrokerEpoch epoch) => Replicas!.Requests.Fence.Register(epoch);

    /// <summary>All bytes of the partition's log up to its high watermark.</summary>
    public byte[] ReadLog(TopicPartition name)
    {
        var snapshot = Replicas!.Find(name)!.Snapshot;
        var bytes = new List<byte>();
        for (var offset = snapshot.LogStartOffset; offset < snapshot.HighWatermark;)
        {
            var read = Bytes(snapshot.Leadership.Log!, offset, snapshot.HighWatermark);
            bytes.AddRange(read);
            offset = CommittedRecords.Values(read)[^1].Offset + 1;
        }
        return [.. bytes];
    }

    /// <summary>Whole batches from the one that holds the offset on, from one segment.</summary>
    public static byte[] Bytes(ReadOnlyLog log, long offset, long end)
    {
        if (log.Read(offset, int.MaxValue, end, atLeastOneBatch: true).Slice is not { } slice)
            return [];
        var bytes = new byte[slice.Length];
        slice.File.Read(slice.Position, bytes);
        slice.File.Release();
        return bytes;
    }

    private void Open(SimProcess process)
    {
        var config = LogConfig.Default with { InSyncReplicasMin = run.InSyncReplicasMin, SegmentBytes = 3000, RetentionMs = -1 };
        var logDirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = [$"/broker-{id}"],
            Disk = process.Disk,
            Time = process.Time,
            Random = run.World.NewRandom(),
        });
        logDirs.Claim(id, "cluster");
        logDirs.Load(_ => config);
        Metadata = new MetadataCache(process.Create("metadata"));
        var log = new PrefixedLog(run.Log, $"broker {id}: ");
        var replicas = new Replicas(new ReplicasSettings
        {
            Options = Config.ToReplicationOptions(id),
            Loops = process,
            LogDirs = logDirs,
            Log = log,
            LiveBrokers = Metadata,
            OtherBrokers = new OtherBrokers(new LeaderLinks(run, this), new ControllerLink(run, this)),
            ConfigOf = _ => config,
            DirLost = () => throw new InvalidOperationException("no disk fails here"),
            LastDirLost = () => throw new InvalidOperationException("no disk fails here"),
            LockLost = error => throw error,
        });
        var sessions = new FetchSessionCache(slots: 10, partitionsMax: 100, process.Time, run.World.NewRandom());
        Fetch = new FetchHandler(replicas, Metadata, sessions, Config, new ListenerAccess());
        ListOffsets = new ListOffsetsHandler(replicas, Metadata);
        EndOffsets = new OffsetForLeaderEpochHandler(replicas, Metadata);
        replicas.Start();
        Replicas = replicas;
        run.Controller.Started(this);
    }

    private sealed class PrefixedLog(ILog log, string prefix) : ILog
    {
        public bool IsEnabled(LogLevel level) => log.IsEnabled(level);

        public void Write(LogLevel level, string source, string message, Exception? exception = null)
            => log.Write(level, source, prefix + message, exception);
    }
}
