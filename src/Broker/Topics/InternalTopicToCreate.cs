using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>Internal topics as the broker's settings for them want them: partitions, replication factor, compaction.</summary>
internal static class InternalTopicToCreate
{
    /// <summary>A topic of another name has nothing of its own.</summary>
    public static TopicToCreate Of(string name, BrokerConfig config) => name switch
    {
        InternalTopics.ConsumerOffsets => new TopicToCreate
        {
            Name = name,
            PartitionCount = config.OffsetsTopicNumPartitions,
            ReplicationFactor = config.OffsetsTopicReplicationFactor,
            Settings =
            [
                new("cleanup.policy", "compact"),
                new("segment.bytes", Text(config.OffsetsTopicSegmentBytes)),
                new("compression.type", "producer"),
            ],
        },
        InternalTopics.TransactionState => new TopicToCreate
        {
            Name = name,
            PartitionCount = config.TransactionStateLogNumPartitions,
            ReplicationFactor = config.TransactionStateLogReplicationFactor,
            Settings =
            [
                new("unclean.leader.election.enable", "false"),
                new("compression.type", "uncompressed"),
                new("cleanup.policy", "compact"),
                new("min.insync.replicas", Text(config.TransactionStateLogMinIsr)),
                new("segment.bytes", Text(config.TransactionStateLogSegmentBytes)),
            ],
        },
        _ => new TopicToCreate { Name = name },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
