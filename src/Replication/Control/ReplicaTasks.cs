namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// What is done from time to time: the checkpoints, on the replicas' loop; flush and retention, which change logs, on each partition's own.
/// </summary>
internal sealed class ReplicaTasks(Replicas replicas, ReplicasSettings settings, ILoop loop, HighWatermarkCheckpoints highWatermarks)
{
    /// <summary>Retention leaves a starting broker alone for a while, as Kafka's does.</summary>
    private static readonly TimeSpan FirstRetentionCheck = TimeSpan.FromSeconds(30);

    private readonly List<IDisposable> timers = [];
    private bool isStopped;

    public void Start()
    {
        var options = settings.Options;
        Each(options.HighWatermarkCheckpointInterval, () => highWatermarks.Write(replicas.All));
        Each(options.RecoveryPointCheckpointInterval, settings.LogDirs.WriteRecoveryPoints);
        Each(options.LogStartOffsetCheckpointInterval, settings.LogDirs.WriteLogStartOffsets);
        if (options.FlushCheckInterval is { } flushCheckInterval)
            Each(flushCheckInterval, Flush);
        Each(options.ProducerIdExpirationCheckInterval, ExpireProducers);
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
        isStopped = true;
        foreach (var timer in timers)
            timer.Dispose();
        timers.Clear();
    }

    private void Each(TimeSpan period, Action work) => timers.Add(loop.ScheduleEach(period, () =>
    {
        if (!isStopped)
            Run(work);
    }));

    /// <summary>Runs work on the log dirs; a failed disk takes its dir offline.</summary>
    public void Run(Action work)
    {
        try
        {
            work();
        }
        catch (DiskError error)
        {
            replicas.TakeDirOffline(error);
        }
    }

    private void Flush()
    {
        foreach (var partition in replicas.All)
            _ = partition.Maintain(static (log, _) => log.FlushIfDue());
    }

    private void ExpireProducers()
    {
        foreach (var partition in replicas.All)
            _ = partition.Maintain(static (log, _) => log.RemoveExpiredProducers());
    }

    private void Retain()
    {
        foreach (var partition in replicas.All)
        {
            _ = partition.Maintain((log, highWatermark) =>
            {
                var count = log.DeleteOldSegments(highWatermark);
                if (count > 0)
                    settings.Log.Info("log", $"partition={log.Partition} deletedSegments={count} logStartOffset={log.LogStartOffset}");
            });
        }
    }
}
