namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>OffsetDelete. KIP-496.</summary>
public sealed record DeleteOffsetsRequest(string GroupId, IReadOnlyList<TopicPartition> Partitions);

/// <summary>The errors of partitions stand in the order of the request's; there are none beside an error of the group.</summary>
public sealed record DeleteOffsetsReply(KafkaError Error, IReadOnlyList<KafkaError> PartitionErrors)
{
    public static DeleteOffsetsReply Failed(KafkaError error) => new(error, []);
}
