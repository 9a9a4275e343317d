using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>A topic as it is asked for. −1 partitions or replicas stand for the broker's defaults.</summary>
/// <param name="Assignment">Replicas by partition where the asker chose them; empty for the broker to choose.</param>
/// <param name="Settings">The topic's own settings as given; the last of several for one name wins.</param>
public sealed record TopicToCreate(
    string Name,
    int PartitionCount,
    short ReplicationFactor,
    IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> Assignment,
    IReadOnlyList<KeyValuePair<string, string?>> Settings)
{
    /// <summary>Stands for num.partitions or default.replication.factor.</summary>
    public const int UseDefault = -1;
}

/// <summary>How creating a topic ended. Without error, the rest says what was made; Id is zero when it was only checked.</summary>
public sealed record TopicCreationOutcome(
    KafkaError Error, string? Message, TopicId Id, int PartitionCount, short ReplicationFactor, TopicConfig? Config)
{
    public static TopicCreationOutcome Refused(KafkaError error, string? message) => new(error, message, TopicId.Zero, -1, -1, null);
}
