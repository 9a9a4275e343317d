using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// What is done from time to time: the check of the locks and the checkpoints, on the replicas' loop; flush and retention, which change
/// logs, and the look for followers that lag, on each partition's own. Touched only on the replicas' loop.
/// </summary>
internal sealed class ReplicaTasks(
    ReplicasSettings settings, HostedPartitions partitions, HighWatermarkCheckpoints highWatermarks, LogDirFailures failures, ILoop loop)
{
    /// <summary>Retention leaves a starting broker alone for a while, as Kafka's does.</summary>
    private static readonly TimeSpan FirstRetentionCheck = TimeSpan.FromSeconds(30);

    /// <summary>Also how long two brokers may work on one folder whose lock file somebody has deleted.</summary>
    private static readonly TimeSpan LockCheckPeriod = TimeSpan.FromSeconds(1);

    private readonly List<IDisposable> timers = [];
    private bool isStopped;

    public void Start()
    {
        Invariant.Holds(loop.IsCurrent);
        if (isStopped)
            return;
        var options = settings.Options;
        Each(LockCheckPeriod, settings.LogDirs.RequireLocks);
        Each(options.HighWatermarkCheckpointInterval, () => highWatermarks.Write(partitions.All));
        Each(options.RecoveryPointCheckpointInterval, settings.LogDirs.WriteRecoveryPoints);
        Each(options.LogStartOffsetCheckpointInterval, settings.LogDirs.WriteLogStartOffsets);
        if (options.FlushCheckInterval is { } flushCheckInterval)
            Each(flushCheckInterval, Flush);
        Each(options.ProducerIdExpirationCheckInterval, ExpireProducers);
        // So a follower leaves the ISR after one and a half times the setting at the latest.
        Each(options.ReplicaLagTimeMax / 2, RemoveLaggingFollowers);
        timers.Add(loop.Schedule(FirstRetentionCheck, () =>
        {
            if (isStopped)
                return;
            Retain();
            Each(options.RetentionCheckInterval, Retain);
        }));
    }

    public void Stop()
    {
        Invariant.Holds(loop.IsCurrent);
        isStopped = true;
        foreach (var timer in timers)
            timer.Dispose();
        timers.Clear();
    }

    private void Each(TimeSpan period, Action work) => timers.Add(loop.ScheduleEach(period, () =>
    {
        if (!isStopped)
            failures.Guard(work);
    }));

    private void Flush()
    {
        foreach (var partition in partitions.All)
            partition.Maintain(static (log, _) => log.FlushIfDue());
    }

    private void RemoveLaggingFollowers()
    {
        foreach (var partition in partitions.All)
            partition.RemoveLaggingFollowers();
    }

    private void ExpireProducers()
    {
        foreach (var partition in partitions.All)
            partition.Maintain(static (log, _) => log.RemoveExpiredProducers());
    }

    private void Retain()
    {
        foreach (var partition in partitions.All)
        {
            partition.Maintain((log, highWatermark) =>
            {
                var count = log.DeleteOldSegments(highWatermark);
                if (count > 0)
                    settings.Log.Info("log", $"partition={log.Partition} deletedSegments={count} logStartOffset={log.LogStartOffset}");
            });
        }
    }
}
