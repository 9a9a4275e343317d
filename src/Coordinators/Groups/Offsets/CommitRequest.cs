using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>One partition's offset to commit.</summary>
public sealed record OffsetToCommit
{
    public required TopicPartition Partition { get; init; }
    public required long Offset { get; init; }

    /// <summary>−1 is unknown.</summary>
    public required int LeaderEpoch { get; init; }

    public required string Metadata { get; init; }

    /// <summary>The commit's time, from old clients that give one; null stands for now.</summary>
    public long? CommitTimestampMs { get; init; }

    /// <summary>How long to keep the offset, from old clients that say so; null leaves it to the broker.</summary>
    public long? RetentionMs { get; init; }
}

/// <summary>OffsetCommit, and TxnOffsetCommit. The group id may be empty.</summary>
public sealed record CommitRequest
{
    public required string GroupId { get; init; }
    public required Committer Committer { get; init; }
    public required IReadOnlyList<OffsetToCommit> Offsets { get; init; }

    /// <summary>Within whose transaction; none for offsets that count at once. KIP-98.</summary>
    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;

    /// <summary>Of a transaction that was verified for the group's partition of <c>__consumer_offsets</c>. KIP-890.</summary>
    public VerificationGuard? Guard { get; init; }

    public bool IsTransactional => !Producer.IsNone;

    /// <summary>The same error for every partition.</summary>
    public CommitReply Failed(KafkaError error) => new([.. Enumerable.Repeat(error, Offsets.Count)]);
}

/// <summary>The errors stand in the order of the request's offsets.</summary>
public sealed record CommitReply(IReadOnlyList<KafkaError> Errors);
