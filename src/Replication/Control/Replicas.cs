using System.Collections.Concurrent;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// All partitions of this broker. They come with LeaderAndIsr and go with StopReplica, which are applied one request after the other on the
/// replicas' loop; any thread may look a partition up. A log dir that fails takes its partitions offline, and with the last dir the broker
/// stops.
/// </summary>
public sealed class Replicas
{
    private readonly ReplicasSettings settings;
    private readonly ILoop loop;
    private readonly ConcurrentDictionary<TopicPartition, Partition> partitions = new();
    private readonly PartitionSettings partitionSettings;
    private readonly LeaderAndIsrApplier leaderAndIsr;
    private readonly StopReplicaApplier stopReplica;
    private readonly ReplicaTasks tasks;
    private readonly HighWatermarkCheckpoints highWatermarks;
    private readonly List<ILeadershipListener> listeners = [];

    public Replicas(ReplicasSettings settings)
    {
        this.settings = settings;
        loop = settings.Loops.Create("replicas");
        settings.LogDirs.ReportTo(DiskFailed);
        Timers = settings.Loops.Create("fetch-deadlines");
        Requests = new ControllerRequests(loop);
        highWatermarks = new HighWatermarkCheckpoints(settings);
        leaderAndIsr = new LeaderAndIsrApplier(this, settings, Requests.Fence);
        stopReplica = new StopReplicaApplier(this, settings, Requests.Fence);
        tasks = new ReplicaTasks(this, settings, loop, highWatermarks);
        partitionSettings = new PartitionSettings
        {
            Self = settings.Options.BrokerId,
            Time = settings.Loops.Time,
            Log = settings.Log,
            ReplicaLagTimeMax = settings.Options.ReplicaLagTimeMax,
            LiveBrokers = settings.LiveBrokers,
            CheckpointedHighWatermark = highWatermarks.Of,
            DiskFailed = DiskFailed,
        };
    }

    /// <summary>The order in which the controller's requests are obeyed, UpdateMetadata among them.</summary>
    public ControllerRequests Requests { get; }

    /// <summary>Keeps the deadlines of waiting fetches.</summary>
    public ILoop Timers { get; }

    public IEnumerable<Partition> All => partitions.Values;

    /// <summary>Null when this broker has no replica of the partition, or none yet.</summary>
    public Partition? Find(TopicPartition name) => partitions.GetValueOrDefault(name);

    /// <summary>Before <see cref="Start"/> only.</summary>
    public void AddListener(ILeadershipListener listener) => listeners.Add(listener);

    /// <summary>Begins the periodic work: checkpoints, retention, flush.</summary>
    public void Start() => loop.Post(tasks.Start);

    public Task<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request) => Requests.InTurn(() => leaderAndIsr.Apply(request));

    public Task<StopReplicaResponse> Apply(StopReplicaRequest request) => Requests.InTurn(() => stopReplica.Apply(request));

    /// <summary>New settings of a topic for its partitions here.</summary>
    public void UpdateConfig(string topic, LogConfig config)
    {
        foreach (var partition in partitions.Values)
        {
            if (string.Equals(partition.Name.Topic, topic, StringComparison.Ordinal))
                _ = partition.Maintain((log, _) => log.UpdateConfig(config));
        }
    }

    /// <summary>
    /// The clean end: no partition serves any more, then high watermarks are written, then logs are flushed and closed and the dirs marked
    /// as cleanly shut down.
    /// </summary>
    public Task<bool> Stop() => Requests.InTurn(async () =>
    {
        tasks.Stop();
        tasks.Run(() => highWatermarks.Write(partitions.Values));
        foreach (var partition in partitions.Values)
            await partition.Stop();
        partitions.Clear();
        settings.LogDirs.Close();
        return true;
    });

    /// <summary>Takes the log dir offline in which an operation failed that no caller waits for; on any thread.</summary>
    public void DiskFailed(DiskError error) => loop.Post(() => TakeDirOffline(error));

    internal Partition FindOrAdd(TopicPartition name)
        => partitions.GetOrAdd(
            name,
            static (name, replicas) => new Partition(name, replicas.settings.Loops.Create($"partition-{name}"), replicas.partitionSettings),
            this);

    internal void Remove(TopicPartition name) => partitions.TryRemove(name, out _);

    internal PartitionLog? FindLog(TopicPartition name) => settings.LogDirs.Find(name);

    /// <summary>
    /// Whether a partition that is not new has no log here while a log dir is offline: then its records may be there, and an empty log must
    /// not take their place.
    /// </summary>
    internal bool MayBeInLostDir(TopicPartition name, bool isNew)
        => !isNew && settings.LogDirs.HasOffline && settings.LogDirs.Find(name) is null;

    internal PartitionLog FindOrCreateLog(TopicPartition name)
        => settings.LogDirs.Find(name) ?? settings.LogDirs.Create(name, settings.ConfigOf(name.Topic));

    internal void DeleteLog(TopicPartition name)
    {
        highWatermarks.Forget(name);
        settings.LogDirs.Delete(name);
    }

    internal void TellGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        foreach (var listener in listeners)
            listener.LeadershipGained(partition, leaderEpoch);
    }

    internal void TellLost(TopicPartition name, LeaderEpoch leaderEpoch)
    {
        foreach (var listener in listeners)
            listener.LeadershipLost(name, leaderEpoch);
    }

    /// <summary>The dir in which an operation failed serves no partition any more. On the replicas' loop.</summary>
    internal void TakeDirOffline(DiskError error)
    {
        if (settings.LogDirs.TakeOffline(error) is not { } lost)
            return;
        settings.Log.Error("replicas", $"logDir={lost.Path} offline: {error.Message}");
        foreach (var name in lost.Partitions)
        {
            if (Find(name) is not { } partition)
                continue;
            _ = partition.GoOffline();
            TellLost(name, LeaderEpoch.Unknown);
        }
        if (settings.LogDirs.Online.Count == 0)
            settings.LastDirLost();
        else
            settings.DirLost();
    }
}
