namespace KafkaCompatBroker.Replication.Following;

/// <summary>
/// The follower's part of a partition: whose log this replica is to copy, and whether the controller has stopped it. Made when the
/// controller names another broker the leader and dropped with the next decision. Fetchers are not built yet, so the log and the high
/// watermark stay as the broker found them. Touched only on the partition's loop.
/// </summary>
internal sealed class PartitionFollower(BrokerId leader, ILoop loop)
{
    public BrokerId Leader => leader;

    /// <summary>Whether the replica copies nothing more until the controller's next decision.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Stops the copying, for a StopReplica without deletion. False when it was stopped before.</summary>
    public bool Stop()
    {
        Invariant.Holds(loop.IsCurrent);
        var wasStopped = IsStopped;
        IsStopped = true;
        return !wasStopped;
    }
}
