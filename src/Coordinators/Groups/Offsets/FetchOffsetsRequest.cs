namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>OffsetFetch of one group. The group id may be empty.</summary>
public sealed record FetchOffsetsRequest
{
    public required string GroupId { get; init; }

    /// <summary>Null stands for all that the group has.</summary>
    public required IReadOnlyList<TopicPartition>? Partitions { get; init; }

    /// <summary>Refuses a partition while a commit of it waits for the high watermark or the end of its transaction. KIP-447.</summary>
    public required bool RequireStable { get; init; }
}

/// <summary>One partition's committed offset.</summary>
public sealed record FetchedOffset
{
    public required TopicPartition Partition { get; init; }
    public KafkaError Error { get; init; }

    /// <summary>−1 when there is none.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>−1 when it is unknown.</summary>
    public int LeaderEpoch { get; init; } = -1;

    public string Metadata { get; init; } = "";

    public static FetchedOffset None(TopicPartition partition, KafkaError error = KafkaError.None)
        => new() { Partition = partition, Error = error };
}

public sealed record FetchOffsetsReply(KafkaError Error, IReadOnlyList<FetchedOffset> Offsets);
