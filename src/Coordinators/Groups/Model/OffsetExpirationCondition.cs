using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>
/// When the offsets of a group expire: <c>offsets.retention.minutes</c> after a base time, which is when the group became empty or, without
/// such a time, when the offset was committed. KIP-211.
/// </summary>
internal sealed record OffsetExpirationCondition
{
    private static readonly IReadOnlySet<string> None = new HashSet<string>();

    /// <summary>Since when the group has had no members; null for a group whose offsets each count from their commit.</summary>
    public long? EmptySinceMs { get; init; }

    /// <summary>Topics in use, whose offsets do not expire.</summary>
    public IReadOnlySet<string> SubscribedTopics { get; init; } = None;

    /// <summary>An offset with an expire time of its own (old clients) expires then, instead of after the retention.</summary>
    public bool IsExpired(TopicPartition partition, CommittedOffset offset, long nowMs, long retentionMs)
    {
        if (SubscribedTopics.Contains(partition.Topic))
            return false;
        return offset.ExpireTimestampMs is { } expireMs
            ? nowMs >= expireMs
            : nowMs - (EmptySinceMs ?? offset.CommitTimestampMs) >= retentionMs;
    }
}
