using KafkaCompatBroker.Replication.Moves;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Replication.Quotas;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Moves logs of this broker's replicas between its log dirs: begins them as AlterReplicaLogDirs says, goes on with them after a start of
/// the broker, cancels them, and tells the log dirs of their end. Workers copy (<see cref="MoveWorker"/>, one for each dir that is moved
/// to). Touched only on the replicas' loop, and in turn with the controller's requests. KIP-113.
/// </summary>
internal sealed class LogDirMoves
{
    private readonly ReplicasSettings settings;
    private readonly HostedPartitions partitions;
    private readonly HighWatermarkCheckpoints highWatermarks;
    private readonly LogDirFailures failures;
    private readonly ControllerRequests requests;
    private readonly ILoop loop;
    private readonly MoveServices services;
    private readonly Dictionary<TopicPartition, LogMove> active = [];
    private readonly Dictionary<string, MoveWorker> workers = new(StringComparer.Ordinal);

    public LogDirMoves(
        ReplicasSettings settings, HostedPartitions partitions, HighWatermarkCheckpoints highWatermarks, LogDirFailures failures,
        ControllerRequests requests, ReplicationQuota quota, ILoop loop)
    {
        (this.settings, this.partitions, this.highWatermarks, this.failures) = (settings, partitions, highWatermarks, failures);
        (this.requests, this.loop) = (requests, loop);
        services = new MoveServices
        {
            Loops = settings.Loops,
            Log = settings.Log,
            Quota = quota,
            Backoff = settings.Options.Fetchers.Backoff,
            Finish = Finish,
            WriteRecoveryPoints = () => loop.Ask(() =>
            {
                failures.Guard(settings.LogDirs.WriteRecoveryPoints);
                return true;
            }),
            DiskFailed = failures.Report,
            GivenUp = move => loop.Post(() => Forget(move)),
        };
    }

    private FutureLogs Futures => settings.LogDirs.Futures;

    /// <summary>
    /// Has the partition's log moved to the dir of that path, or made there when there is none yet. A move to another dir that is under way
    /// is cancelled. InvalidTopicException for a topic whose copy's folder would have too long a name, LogDirNotFound, KafkaStorageError,
    /// ReplicaNotAvailable where the log has yet to be made.
    /// </summary>
    public async Task<KafkaError> Alter(TopicPartition name, string path)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!LogFileNames.MayHaveFuture(name))
            return KafkaError.InvalidTopicException;
        if (Futures.Check(path) is var unusable and not KafkaError.None)
            return unusable;
        var partition = partitions.Find(name);
        if (partition?.Snapshot.Leadership.Role == PartitionRole.Offline)
            return KafkaError.KafkaStorageError;
        if (partition is not null && Futures.HomeOf(name) is { } home && home.Path != path)
            await Cancel(name);
        if (partition?.Snapshot.Leadership.Log is not { } log)
        {
            Wish(name, path);
            return KafkaError.ReplicaNotAvailable;
        }
        if (settings.LogDirs.DirOf(name)?.Path == path)
            return KafkaError.None;
        return failures.Try(() => Begin(partition, Futures.Find(name) ?? Futures.Create(log, path)))
            ? KafkaError.None
            : KafkaError.KafkaStorageError;
    }

    /// <summary>Goes on with the partition's move, if there is one that an earlier start has begun; the partition has its log.</summary>
    public void Resume(Partition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        if (Futures.Find(partition.Name) is { } copy)
            Begin(partition, copy);
    }

    /// <summary>Ends the partition's move, if there is one; the copy is its log dir's then, to be closed or deleted.</summary>
    public Task End(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        return active.Remove(name, out var move) ? workers[move.TargetDir].Remove(move) : Task.CompletedTask;
    }

    /// <summary>Ends all moves; the next start goes on with them.</summary>
    public async Task Stop()
    {
        foreach (var name in active.Keys.ToList())
            await End(name);
    }

    private void Wish(TopicPartition name, string path)
    {
        if (TopicName.IsValid(name.Topic) && name.Partition >= 0)
            Futures.Wish(name, path);
    }

    private async Task Cancel(TopicPartition name)
    {
        await End(name);
        failures.Try(() => Futures.Delete(name));
        settings.Log.Info("replicas", $"partition={name} move cancelled");
    }

    private void Forget(LogMove move)
    {
        var name = move.Partition.Name;
        if (active.GetValueOrDefault(name) != move)
            return;
        active.Remove(name);
        // Where the copy is lost with its dir.
        Futures.ResumeCleaning(name);
    }

    private void Begin(Partition partition, PartitionLog copy)
    {
        if (active.ContainsKey(partition.Name))
            return;
        var target = Futures.HomeOf(partition.Name)!.Path;
        var move = active[partition.Name] = new LogMove(partition, copy, target);
        if (!workers.TryGetValue(target, out var worker))
            workers[target] = worker = new MoveWorker(services, target);
        settings.Log.Info("replicas", $"partition={partition.Name} moves to logDir={target}");
        worker.Add(move);
    }

    private Task<bool> Finish(LogMove move, ReadOnlyLog source) => requests.InTurn(async () =>
    {
        var name = move.Partition.Name;
        if (active.GetValueOrDefault(name) != move)
            return false;
        failures.Guard(() =>
        {
            Futures.WriteCheckpoints(name);
            highWatermarks.WriteForCopyOf(move.Partition);
        });
        if (Futures.HomeOf(name) is not { } home || settings.LogDirs.DirOf(name) is not { } from)
            return false;
        var replaced = await move.Partition.ReplaceLog(
            source, move.Copy, Path.Combine(home.Path, name.ToString()),
            Path.Combine(from.Path, LogFileNames.OfDeletedPartition(name, settings.LogDirs.Random)));
        if (replaced.IsDone)
            Finished(move, from, home);
        if (replaced.Failure is { } failure)
            failures.TakeOffline(failure);
        return replaced.IsDone;
    });

    private void Finished(LogMove move, LogDir from, LogDir home)
    {
        var name = move.Partition.Name;
        active.Remove(name);
        failures.Guard(() => Futures.Replaced(name));
        // Its dir went offline meanwhile, when the partition was not known to be there.
        if (home.IsOffline)
            move.Partition.GoOffline();
        settings.Log.Info("replicas", $"partition={name} moved logDir={from.Path}→{home.Path}");
    }
}
