using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>
/// Hands the leadership of <c>__consumer_offsets</c> partitions from the replicas to the group coordinator; other topics are none of its
/// business.
/// </summary>
public sealed class GroupLeadership(GroupCoordinator groups, CompressionType compressionType, GroupOptions options) : ILeadershipListener
{
    public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        // The partition's own time-out comes after the coordinator's, which answers the client.
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
