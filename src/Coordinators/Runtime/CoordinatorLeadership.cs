using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// Elects and resigns a coordinator, partition by partition of its topic, as this broker comes to lead them and ceases to; the leadership
/// of other topics does not concern it.
/// </summary>
/// <param name="topic">Where the coordinator keeps its records.</param>
/// <param name="coordinator">Who is told.</param>
/// <param name="compressionType">In which its records are written.</param>
/// <param name="commitTimeoutMs">How long the coordinator waits for its records' replicas.</param>
public sealed class CoordinatorLeadership(
    string topic, ICoordinator coordinator, CompressionType compressionType, int commitTimeoutMs) : ILeadershipListener
{
    public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        // The partition's own timeout comes after the coordinator's, which answers the client.
        if (partition.Name.Topic == topic)
            coordinator.OnElected(
                new ReplicaLog(partition, compressionType, TimeSpan.FromMilliseconds(2L * commitTimeoutMs)), leaderEpoch);
    }

    public void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch)
    {
        if (partition.Topic == topic)
            coordinator.OnResigned(partition.Partition, leaderEpoch == LeaderEpoch.Unknown ? null : leaderEpoch);
    }
}
