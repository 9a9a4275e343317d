using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Told, after a request of the controller is applied, which partitions this broker leads from now on and which no longer. Called on the
/// replicas' loop, in order.
/// </summary>
public interface ILeadershipListener
{
    void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch);

    /// <summary>Another broker leads as of that epoch; Unknown when the partition is gone from this broker whatever the epoch.</summary>
    void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch);
}
