namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>How a fetch names a partition: by topic name, or from KIP-516 on by topic id. The other of the two is empty.</summary>
public readonly record struct FetchPartitionKey(string Topic, TopicId TopicId, int Partition)
{
    public bool IsSameTopic(FetchPartitionKey other)
        => TopicId == other.TopicId && string.Equals(Topic, other.Topic, StringComparison.Ordinal);
}
