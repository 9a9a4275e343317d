using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// What a topic that is asked for must be like, by the request, the settings and the live brokers; a null answer means that nothing is
/// wrong. Messages are Kafka's. Pure.
/// </summary>
public sealed class TopicCreationCheck(BrokerConfig config)
{
    /// <summary>What the request alone gives away, in the order in which Kafka looks.</summary>
    public TopicCreationOutcome? OfRequest(TopicToCreate topic, MetadataImage image)
    {
        var unset = topic.Settings.Where(setting => setting.Value is null).Select(setting => setting.Key).ToArray();
        if (unset.Length > 0)
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidConfig, $"Null value not supported for topic configs: {string.Join(',', unset)}");
        if (topic.Assignment.Count > 0 && (
            topic.PartitionCount != TopicToCreate.UseDefault || topic.ReplicationFactor != TopicToCreate.UseDefault))
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidRequest,
                "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.");
        var partitionCount = topic.Assignment.Count > 0 ? topic.Assignment.Count : PartitionCountOf(topic);
        if (CheckCounts(topic, partitionCount, image.Brokers.Count()) is { } refused)
            return refused;
        // A start takes a folder of that name for what a KRaft Kafka has left, and passes it over.
        if (topic.Name == InternalTopics.ClusterMetadata)
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidTopicException, $"Creation of internal topic {topic.Name} is prohibited.");
        return TopicName.Problem(topic.Name) is { } problem
            ? TopicCreationOutcome.Refused(KafkaError.InvalidTopicException, problem)
            : null;
    }

    /// <summary>The replicas of each partition, whether the asker or this broker chose them.</summary>
    public TopicCreationOutcome? OfAssignment(
        TopicToCreate topic, IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> assignment, MetadataImage image)
    {
        if (assignment.Values.Any(replicas => replicas.Count != assignment.Values.First().Count))
            return Misassigned("All partitions should have the same number of replicas");
        if (assignment.Values.Any(replicas => replicas.Distinct().Count() != replicas.Count))
        {
            var shown = assignment.Select(partition => $"{partition.Key} -> ArrayBuffer({string.Join(", ", partition.Value)})");
            return Misassigned($"Duplicate replica assignment found: HashMap({string.Join(", ", shown)})");
        }
        if (!assignment.Keys.Order().SequenceEqual(Enumerable.Range(0, assignment.Count)))
            return Misassigned("partitions should be a consecutive 0-based integer sequence");
        if (topic.Assignment.Count == 0)
            return null;
        // Kafka writes the next two down and waits for a leader that can never come.
        if (assignment.Values.Any(replicas => replicas.Count == 0))
            return Misassigned("Each partition must have at least one replica");
        var dead = assignment.Where(partition => !partition.Value.Any(image.IsLive)).Select(partition => partition.Key).ToArray();
        return dead.Length > 0
            ? Misassigned($"No broker in the replica assignment is alive for partition(s): {string.Join(", ", dead)}.")
            : null;
    }

    public int PartitionCountOf(TopicToCreate topic)
        => topic.PartitionCount != TopicToCreate.UseDefault
            ? topic.PartitionCount
            : InternalPartitionCount(topic.Name) ?? config.NumPartitions;

    public int ReplicationFactorOf(TopicToCreate topic)
        => topic.ReplicationFactor != TopicToCreate.UseDefault ? topic.ReplicationFactor : config.DefaultReplicationFactor;

    private int? InternalPartitionCount(string name) => name switch
    {
        InternalTopics.ConsumerOffsets => config.OffsetsTopicNumPartitions,
        InternalTopics.TransactionState => config.TransactionStateLogNumPartitions,
        _ => null,
    };

    private TopicCreationOutcome? CheckCounts(TopicToCreate topic, int partitionCount, int brokerCount)
    {
        if (partitionCount <= 0)
            return TopicCreationOutcome.Refused(KafkaError.InvalidPartitions, "Number of partitions must be larger than 0.");
        if (partitionCount > Limits.PartitionsCreated)
            return TopicCreationOutcome.Refused(
                KafkaError.PolicyViolation, $"A topic is created with {Limits.PartitionsCreated} partitions at most.");
        // A client that made it smaller would leave every group of the missing partitions without a coordinator.
        if (InternalPartitionCount(topic.Name) is { } needed && partitionCount != needed)
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidPartitions, $"Internal topic {topic.Name} has {needed} partitions by the settings of this broker.");
        if (topic.Assignment.Count > 0)
            return null;
        if (ReplicationFactorOf(topic) <= 0)
            return TopicCreationOutcome.Refused(KafkaError.InvalidReplicationFactor, "Replication factor must be larger than 0.");
        return ReplicationFactorOf(topic) > brokerCount
            ? TopicCreationOutcome.Refused(
                KafkaError.InvalidReplicationFactor,
                $"Replication factor: {ReplicationFactorOf(topic)} larger than available brokers: {brokerCount}.")
            : null;
    }

    private static TopicCreationOutcome Misassigned(string message)
        => TopicCreationOutcome.Refused(KafkaError.InvalidReplicaAssignment, message);
}
