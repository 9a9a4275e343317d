using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>Those who are told which partitions this broker leads. Touched only on the replicas' loop, but for the adding.</summary>
internal sealed class LeadershipListeners(ILoop loop)
{
    private readonly List<ILeadershipListener> listeners = [];

    /// <summary>Before the first request of a controller.</summary>
    public void Add(ILeadershipListener listener) => listeners.Add(listener);

    public void TellGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var listener in listeners)
            listener.LeadershipGained(partition, leaderEpoch);
    }

    public void TellLost(TopicPartition name, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var listener in listeners)
            listener.LeadershipLost(name, leaderEpoch);
    }
}
