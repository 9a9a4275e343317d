using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>
/// Decides which offsets have outlived their group's use of them: pure. KIP-211. An offset with a time of its own (old clients) goes then;
/// else the retention counts from when the group became empty, from the commit for a topic the group no longer subscribes to, or from the
/// commit for a group without members ever.
/// </summary>
internal static class OffsetExpiration
{
    private const string ConsumerProtocolType = "consumer";

    public static IReadOnlyList<TopicPartition> Expired(ClassicGroup group, GroupOffsets offsets, long nowMs, long retentionMs)
    {
        if (BaseTime(group) is not { } baseTime)
            return [];
        return [.. offsets.All()
            .Where(entry => offsets.IsStable(entry.Key)
                && (entry.Value.ExpireTimestampMs is { } expireMs
                    ? nowMs >= expireMs && baseTime(entry.Key, entry.Value) is not null
                    : baseTime(entry.Key, entry.Value) is { } baseMs && nowMs - baseMs >= retentionMs))
            .Select(entry => entry.Key)];
    }

    /// <summary>
    /// From when on an offset's retention counts: null for the group when nothing of it expires, for an offset when that one does not.
    /// </summary>
    private static Func<TopicPartition, CommittedOffset, long?>? BaseTime(ClassicGroup group)
    {
        if (group.ProtocolType is null)
            return (_, offset) => offset.CommitTimestampMs;
        if (group.State == ClassicGroupState.Empty)
            return (_, offset) => group.CurrentStateTimestampMs < 0 ? offset.CommitTimestampMs : group.CurrentStateTimestampMs;
        if (group.ProtocolType != ConsumerProtocolType || group.State != ClassicGroupState.Stable)
            return null;
        if (ConsumerSubscription.TopicsOf(group) is not { } subscribed)
            return null;
        return (partition, offset) => subscribed.Contains(partition.Topic) ? null : offset.CommitTimestampMs;
    }
}
