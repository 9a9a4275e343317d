using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>What administrators may see of a group and do to it: pure. The shard carries it out.</summary>
internal static class GroupAdmin
{
    private const string ConsumerProtocolType = "consumer";

    public static GroupDescription Describe(ClassicGroup group)
    {
        // Between generations the bytes at hand belong to different ones.
        var isStable = group.State == ClassicGroupState.Stable;
        return new GroupDescription(
            KafkaError.None,
            group.State.ToString(),
            group.ProtocolType ?? "",
            isStable ? group.ProtocolName ?? "" : "",
            [.. group.Members.Select(member => new DescribedMember(
                member.MemberId,
                member.GroupInstanceId,
                member.ClientId,
                member.ClientHost,
                isStable ? member.MetadataFor(group.ProtocolName) : [],
                isStable ? member.Assignment : []))]);
    }

    public static KafkaError MayDelete(ClassicGroup? group) => group switch
    {
        null or { State: ClassicGroupState.Dead } => KafkaError.GroupIdNotFound,
        { State: ClassicGroupState.Empty } => KafkaError.None,
        _ => KafkaError.NonEmptyGroup,
    };

    /// <summary>
    /// Which offsets may go. With members at work only a consumer group's can, and of it those of topics that no member subscribes to.
    /// Subscriptions that cannot be read keep every offset.
    /// </summary>
    public static DeleteOffsetsReply MayDeleteOffsets(ClassicGroup? group, IReadOnlyList<TopicPartition> partitions)
    {
        if (group is null or { State: ClassicGroupState.Dead })
            return DeleteOffsetsReply.Failed(KafkaError.GroupIdNotFound);
        if (group.State == ClassicGroupState.Empty)
            return new(KafkaError.None, [.. partitions.Select(_ => KafkaError.None)]);
        if (group.ProtocolType != ConsumerProtocolType)
            return DeleteOffsetsReply.Failed(KafkaError.NonEmptyGroup);
        var subscribed = ConsumerSubscription.TopicsOf(group);
        return new(KafkaError.None, [.. partitions.Select(partition =>
            subscribed is null || subscribed.Contains(partition.Topic) ? KafkaError.GroupSubscribedToTopic : KafkaError.None)]);
    }
}
