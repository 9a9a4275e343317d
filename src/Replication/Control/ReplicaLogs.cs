using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// The logs of this broker's replicas, as the controller's requests make, find and delete them in the log dirs. A failed disk operation
/// takes its log dir offline and is answered with "no". Touched only on the replicas' loop; a log itself belongs to its partition's loop
/// once the partition has a role.
/// </summary>
internal sealed class ReplicaLogs(
    ReplicasSettings settings, HostedPartitions partitions, HighWatermarkCheckpoints highWatermarks, LogDirFailures failures, ILoop loop)
{
    /// <summary>The id of the topic that the partition's folder belongs to; zero without a folder or an id.</summary>
    public TopicId TopicIdOf(TopicPartition name) => Find(name)?.TopicId ?? TopicId.Zero;

    /// <summary>
    /// Why the log of a partition can be neither found nor made; null when it can. A partition that is not new and has no log while a log
    /// dir is offline may have its records there, and an empty log must not take their place.
    /// </summary>
    public string? WhyUnavailable(TopicPartition name, bool isNew)
    {
        if (Find(name) is not null)
            return null;
        if (settings.LogDirs.Online.Count == 0)
            return "no log dir is online";
        return !isNew && settings.LogDirs.HasOffline ? "its folder is in no log dir that is online, and may be in one that is not" : null;
    }

    /// <summary>
    /// The partition's log, made when there is none; null when the disk fails. A partition that is not new has lost its folder, unless the
    /// broker died before it was made: that is told, since the partition will only seem to be empty.
    /// </summary>
    public PartitionLog? FindOrCreate(TopicPartition name, bool isNew)
    {
        PartitionLog? log = Find(name);
        if (log is not null)
            return log;
        if (!isNew)
            settings.Log.Warn("replicas", $"partition={name} is not new and has no folder in any log dir; its log begins empty"
                + (settings.LogDirs.CheckpointedEndOf(name) is { } end ? $", the checkpoints say that it ended at {end}" : ""));
        failures.Try(() => log = settings.LogDirs.Create(name, settings.ConfigOf(name.Topic)));
        return log;
    }

    /// <summary>Deletes the partition's log, if there is one; false when the disk fails.</summary>
    public bool TryDelete(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        highWatermarks.Forget(name);
        return failures.Try(() => settings.LogDirs.Delete(name));
    }

    /// <summary>
    /// Gives a topic's logs its new settings. A log that is made after this call is made with them, because both happen on this loop.
    /// </summary>
    public void UpdateConfig(string topic, LogConfig config)
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var log in settings.LogDirs.Logs)
        {
            if (string.Equals(log.Partition.Topic, topic, StringComparison.Ordinal))
                Update(log, config);
        }
    }

    /// <summary>Gives each log the settings that its topic has now.</summary>
    public void RenewConfigs()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var log in settings.LogDirs.Logs)
            Update(log, settings.ConfigOf(log.Partition.Topic));
    }

    /// <summary>Flushes and closes all logs, when no partition uses one any more, and marks the dirs as cleanly shut down.</summary>
    public void Close()
    {
        Invariant.Holds(loop.IsCurrent);
        settings.LogDirs.Close();
    }

    private void Update(PartitionLog log, LogConfig config)
    {
        if (partitions.Find(log.Partition) is { } partition)
            partition.Maintain((owned, _) => owned.UpdateConfig(config));
        else
            log.UpdateConfig(config);
    }

    private PartitionLog? Find(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        return settings.LogDirs.Find(name);
    }
}
