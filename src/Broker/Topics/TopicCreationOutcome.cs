using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>How creating a topic ended.</summary>
public sealed record TopicCreationOutcome
{
    public required KafkaError Error { get; init; }
    /// <summary>The reason, for the client; null where the error says it all.</summary>
    public string? Message { get; init; }
    /// <summary>Zero when the topic was only checked, or refused.</summary>
    public TopicId Id { get; init; }
    public int PartitionCount { get; init; } = -1;
    public short ReplicationFactor { get; init; } = -1;
    /// <summary>The topic's settings; null when it was refused.</summary>
    public TopicConfig? Config { get; init; }

    public static TopicCreationOutcome Refused(KafkaError error, string? message) => new() { Error = error, Message = message };
}
