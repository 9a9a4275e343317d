namespace KafkaCompatBroker.Broker.Topics;

/// <summary>A topic as it is asked for.</summary>
public sealed record TopicToCreate
{
    /// <summary>Stands for <c>num.partitions</c> or <c>default.replication.factor</c>.</summary>
    public const int UseDefault = -1;

    public required string Name { get; init; }
    public int PartitionCount { get; init; } = UseDefault;
    public short ReplicationFactor { get; init; } = UseDefault;
    /// <summary>Replicas by partition where the asker chose them; empty for the broker to choose.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> Assignment { get; init; } = new Dictionary<int, IReadOnlyList<BrokerId>>();
    /// <summary>The topic's own settings as given; the last of several for one name wins.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; init; } = [];
}
