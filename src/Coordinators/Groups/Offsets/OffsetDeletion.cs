using KafkaCompatBroker.Coordinators.Groups.Model;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>Decides which offsets an administrator may delete: pure. KIP-496.</summary>
internal static class OffsetDeletion
{
    /// <param name="group">Null when there is none of that id.</param>
    public static DeleteOffsetsReply Decide(IGroup? group, IReadOnlyList<TopicPartition> partitions)
    {
        if (group is null)
            return DeleteOffsetsReply.Failed(KafkaError.GroupIdNotFound);
        if (group.CheckOffsetDelete() is var refused and not KafkaError.None)
            return DeleteOffsetsReply.Failed(refused);
        var subscribed = group.SubscribedTopics();
        return new(KafkaError.None, [.. partitions.Select(partition =>
            subscribed is null || subscribed.Contains(partition.Topic) ? KafkaError.GroupSubscribedToTopic : KafkaError.None)]);
    }
}
