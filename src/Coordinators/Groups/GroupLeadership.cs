using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>
/// Elects and resigns the group coordinator, partition by partition of <c>__consumer_offsets</c>, as this broker comes to lead them and
/// ceases to; the leadership of other topics does not concern it.
/// </summary>
public sealed class GroupLeadership(GroupCoordinator groups, CompressionType compressionType, GroupOptions options) : ILeadershipListener
{
    public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        // The partition's own timeout comes after the coordinator's, which answers the client.
        if (partition.Name.Topic == InternalTopics.ConsumerOffsets)
            groups.OnElected(
                new ReplicaLog(partition, compressionType, TimeSpan.FromMilliseconds(2L * options.CommitTimeoutMs)), leaderEpoch);
    }

    public void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch)
    {
        if (partition.Topic == InternalTopics.ConsumerOffsets)
            groups.OnResigned(partition.Partition, leaderEpoch == LeaderEpoch.Unknown ? null : leaderEpoch);
    }
}
