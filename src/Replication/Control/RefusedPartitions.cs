namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Says why a partition of a LeaderAndIsr request was refused. Clients are told of the controller's decision all the same, so without that
/// line nobody would know why the partition is not served. Said once, until something else becomes of the partition: controllers repeat
/// their decisions. Touched only on the replicas' loop.
/// </summary>
internal sealed class RefusedPartitions(ILog log, ILoop loop)
{
    private readonly Dictionary<TopicPartition, string> reasons = [];

    public void Add(TopicPartition name, LogLevel level, string reason)
    {
        Invariant.Holds(loop.IsCurrent);
        if (reasons.TryGetValue(name, out var known) && known == reason)
            return;
        if (reasons.Count >= Limits.RefusedPartitions)
            reasons.Clear();
        reasons[name] = reason;
        log.Write(level, "replicas", $"partition={name} refused: {reason}");
    }

    /// <summary>A decision about the partition was carried out.</summary>
    public void Remove(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        reasons.Remove(name);
    }
}
