using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Replication.Quotas;
using KafkaCompatBroker.Storage.Cleaning;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// This broker's replicas as the rest of the broker sees them: any thread looks partitions up, and the controller's requests come here to
/// be applied one after the other on the replicas' loop. Makes the parts that do so and wires them; the partitions stand in
/// <see cref="HostedPartitions"/>.
/// </summary>
public sealed class Replicas
{
    private readonly ILoop loop;
    private readonly LogDirs logDirs;
    private readonly HostedPartitions partitions;
    private readonly HighWatermarkCheckpoints highWatermarks;
    private readonly LeadershipListeners listeners;
    private readonly LogDirFailures failures;
    private readonly ReplicaLogs logs;
    private readonly LeaderAndIsrApplier leaderAndIsr;
    private readonly StopReplicaApplier stopReplica;
    private readonly ReplicaTasks tasks;
    private readonly ReplicaFetchers? fetchers;
    private readonly LogDirMoves moves;
    private readonly LogCleaner? cleaner;

    public Replicas(ReplicasSettings settings)
    {
        loop = settings.Loops.Create("replicas");
        logDirs = settings.LogDirs;
        Time = settings.Loops.Time;
        Timers = settings.Loops.Create("fetch-deadlines");
        LeaderThrottle = ThrottleOf(settings, static config => config.LeaderThrottledReplicas);
        FollowerThrottle = ThrottleOf(settings, static config => config.FollowerThrottledReplicas);
        Requests = new ControllerRequests(loop);
        highWatermarks = new HighWatermarkCheckpoints(settings.LogDirs, loop);
        listeners = new LeadershipListeners(loop);
        partitions = new HostedPartitions(settings.Loops, loop, SettingsOfPartitions(settings));
        failures = new LogDirFailures(settings, partitions, listeners, loop);
        logs = new ReplicaLogs(settings, partitions, highWatermarks, failures, loop);
        var refused = new RefusedPartitions(settings.Log, loop);
        fetchers = FetchersOf(settings);
        MoveQuota = new ReplicationQuota(settings.Loops.Time, settings.Options.MoveQuotaSample, settings.Options.MoveQuotaSampleCount);
        moves = new LogDirMoves(settings, partitions, highWatermarks, failures, Requests, MoveQuota, loop);
        leaderAndIsr = new LeaderAndIsrApplier(
            settings.Options.BrokerId, Requests.Fence, partitions, logs, refused, listeners, fetchers, moves, settings.Log);
        stopReplica = new StopReplicaApplier(Requests.Fence, partitions, logs, refused, listeners, fetchers, moves, settings.Log);
        tasks = new ReplicaTasks(settings, partitions, highWatermarks, failures, loop);
        cleaner = CleanerOf(settings);
        settings.LogDirs.ReportTo(failures.Report);
        // The loop's first work, so that it is done before the first request makes a partition ask.
        loop.Post(() => failures.Guard(highWatermarks.Read));
    }

    /// <summary>The order in which the controller's requests are obeyed, UpdateMetadata among them.</summary>
    public ControllerRequests Requests { get; }

    public TimeProvider Time { get; }

    /// <summary>Keeps the deadlines of waiting fetches.</summary>
    public ILoop Timers { get; }

    /// <summary>Bounds what followers copy from here.</summary>
    public ReplicationThrottle LeaderThrottle { get; }

    /// <summary>Bounds what is copied to here.</summary>
    public ReplicationThrottle FollowerThrottle { get; }

    /// <summary>Bounds what is copied between log dirs.</summary>
    public ReplicationQuota MoveQuota { get; }

    /// <summary>Null when this broker has no replica of the partition, or none yet.</summary>
    public Partition? Find(TopicPartition name) => partitions.Find(name);

    /// <summary>Before <see cref="Start"/> only.</summary>
    public void AddListener(ILeadershipListener listener) => listeners.Add(listener);

    /// <summary>Begins the periodic work: checkpoints, retention, flush, compaction.</summary>
    public void Start()
    {
        loop.Post(tasks.Start);
        ResizeCleaner();
    }

    public Task<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request) => Requests.InTurn(() => leaderAndIsr.Apply(request));

    public Task<StopReplicaResponse> Apply(StopReplicaRequest request) => Requests.InTurn(() => stopReplica.Apply(request));

    /// <summary>New settings of a topic for its logs here. On any thread.</summary>
    public void UpdateConfig(string topic, LogConfig config) => loop.Post(() => logs.UpdateConfig(topic, config));

    /// <summary>All log dirs with what is in them. Comes back on any thread.</summary>
    public Task<IReadOnlyList<LogDirDescription>> DescribeLogDirs() => loop.Ask(() => LogDirDescription.Of(logDirs, partitions));

    /// <summary>
    /// Has the log of each partition moved to the log dir of that path, in turn with the controller's requests. LogDirNotFound,
    /// KafkaStorageError, InvalidTopicException where a copy's folder would have too long a name; ReplicaNotAvailable where this broker has
    /// no replica, which is to be made there then. Comes back on any thread. KIP-113.
    /// </summary>
    public Task<IReadOnlyList<KeyValuePair<TopicPartition, KafkaError>>> AlterLogDirs(
        IReadOnlyList<KeyValuePair<TopicPartition, string>> wanted)
        => Requests.InTurn<IReadOnlyList<KeyValuePair<TopicPartition, KafkaError>>>(async () =>
        {
            var results = new List<KeyValuePair<TopicPartition, KafkaError>>(wanted.Count);
            foreach (var (name, path) in wanted)
                results.Add(KeyValuePair.Create(name, await moves.Alter(name, path)));
            return results;
        });

    /// <summary>All topics may have got new settings, which <see cref="ReplicasSettings.ConfigOf"/> knows. On any thread.</summary>
    public void RenewConfigs() => loop.Post(logs.RenewConfigs);

    /// <summary><c>num.replica.fetchers</c> has changed. On any thread.</summary>
    public void ResizeFetchers(int fetchersPerLeader) => loop.Post(() => fetchers?.Resize(fetchersPerLeader));

    /// <summary><c>log.cleaner.threads</c> may have changed. On any thread.</summary>
    public void ResizeCleaner() => loop.Post(() => cleaner?.Resize());

    /// <summary>
    /// Looks whether the log dirs are still this broker's, before others write the last things into them. Comes back on any thread.
    /// </summary>
    public Task<bool> CheckLocks() => loop.Ask(() =>
    {
        failures.Guard(logDirs.RequireLocks);
        return true;
    });

    /// <summary>
    /// The clean end, when no client is served any more: copying ends, high watermarks are written, partitions give up their roles, and
    /// then logs are flushed and closed and the dirs marked as cleanly shut down.
    /// </summary>
    public Task<bool> Stop() => Requests.InTurn(async () =>
    {
        await StopWork();
        failures.Guard(() => highWatermarks.Write(partitions.All));
        await StopPartitions();
        logs.Close();
        return true;
    });

    /// <summary>An end as a crash makes it: copying ends, and the logs are let go as they are.</summary>
    public Task<bool> Abandon() => Requests.InTurn(async () =>
    {
        await StopWork();
        await StopPartitions();
        logDirs.Abandon();
        return true;
    });

    private async Task StopWork()
    {
        Requests.Fence.Close();
        tasks.Stop();
        if (cleaner is not null)
            await cleaner.Stop();
        if (fetchers is not null)
            await fetchers.Stop();
        await moves.Stop();
    }

    private async Task StopPartitions()
    {
        foreach (var partition in partitions.All)
            await partition.Stop();
        partitions.Clear();
    }

    private static ReplicationThrottle ThrottleOf(ReplicasSettings settings, Func<LogConfig, ThrottledReplicas> named) => new(
        settings.Options.BrokerId,
        new ReplicationQuota(settings.Loops.Time, settings.Options.QuotaSample, settings.Options.QuotaSampleCount), named);

    private LogCleaner? CleanerOf(ReplicasSettings settings) => settings.CleanerOf?.Invoke(
        new CleanedReplicas(partitions, () => loop.Ask(() =>
        {
            failures.Guard(logDirs.WriteCleanerOffsets);
            return true;
        })));

    private ReplicaFetchers? FetchersOf(ReplicasSettings settings) => settings.OtherBrokers is not { } others ? null : new(
        new FetcherServices
        {
            Self = settings.Options.BrokerId,
            BrokerEpoch = () => Requests.Fence.BrokerEpoch,
            Options = settings.Options.Fetchers,
            Leaders = others.Leaders,
            Throttle = FollowerThrottle,
            Loops = settings.Loops,
            Log = settings.Log,
            WriteRecoveryPoints = () => loop.Ask(() =>
            {
                failures.Guard(logDirs.WriteRecoveryPoints);
                return true;
            }),
        },
        loop);

    private PartitionSettings SettingsOfPartitions(ReplicasSettings settings) => new()
    {
        Leader = new LeaderSettings
        {
            Self = settings.Options.BrokerId,
            Time = settings.Loops.Time,
            ReplicaLagTimeMax = settings.Options.ReplicaLagTimeMax,
            LiveBrokers = settings.LiveBrokers,
            Log = settings.Log,
            AlterPartition = settings.OtherBrokers?.AlterPartition,
            MayLead = settings.MayLead,
        },
        Log = settings.Log,
        CheckpointedHighWatermark = highWatermarks.Of,
        DiskFailed = error => failures.Report(error),
    };
}
