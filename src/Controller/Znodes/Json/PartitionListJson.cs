namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary>
/// What tools and brokers hand to the controller as a list of partitions: <c>/admin/reassign_partitions</c>, with the replicas that each is
/// to have; <c>/admin/preferred_replica_election</c> and <c>/isr_change_notification/isr_change_NUMBER</c>, which only name them.
/// </summary>
public static class PartitionListJson
{
    public static byte[] Encode(IEnumerable<TopicPartition> partitions)
        => Encode(partitions.Select(partition => Listed(partition, replicas: null)));

    public static byte[] Encode(IEnumerable<KeyValuePair<TopicPartition, IReadOnlyList<BrokerId>>> reassignments)
        => Encode(reassignments.Select(entry => Listed(entry.Key, ZnodeJson.Numbers(entry.Value))));

    /// <summary>The partitions named, each once; none where the list cannot be read.</summary>
    public static IReadOnlyList<TopicPartition> Decode(byte[]? data)
        => [.. Read(data).Select(listed => listed.Partition).Distinct()];

    /// <summary>The replicas that each partition is to have, the last mention of it counting; none where the list cannot be read.</summary>
    public static IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>> DecodeReassignments(byte[]? data)
    {
        var reassignments = new Dictionary<TopicPartition, IReadOnlyList<BrokerId>>();
        foreach (var (partition, replicas) in Read(data))
            reassignments[partition] = ZnodeJson.Ids(replicas);
        return reassignments;
    }

    private static byte[] Encode(IEnumerable<ListedPartition> partitions)
        => ZnodeJson.Encode(new PartitionListZnode { Version = 1, Partitions = [.. partitions] }, ZnodeJson.Shapes.PartitionListZnode);

    private static ListedPartition Listed(TopicPartition partition, List<int>? replicas)
        => new() { Topic = partition.Topic, Partition = partition.Partition, Replicas = replicas };

    private static IEnumerable<(TopicPartition Partition, List<int>? Replicas)> Read(byte[]? data)
    {
        foreach (var listed in ZnodeJson.Decode(data, ZnodeJson.Shapes.PartitionListZnode)?.Partitions ?? [])
        {
            if (listed is { Topic: { } topic, Partition: { } partition })
                yield return (new TopicPartition(topic, partition), listed.Replicas);
        }
    }
}
