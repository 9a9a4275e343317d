using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>What cannot be asked of the broker while one of its log dirs is dead: the partitions that are there, or may be.</summary>
internal sealed class DeadPartitions(RunContext run, string? deadDir)
{
    public bool Any => deadDir is not null;

    /// <summary>A partition without a folder in a dir that lives may have its records in the dead one.</summary>
    public bool Contains(TopicPartition partition)
        => deadDir is not null && !run.Settings.LogDirs.Any(
            dir => dir != deadDir && run.World.Disk.DirectoryExists($"{dir}/{partition}"));

    /// <summary>Whether the partition of <c>__consumer_offsets</c> that holds the group is dead.</summary>
    public bool ContainsGroup(string group)
        => Contains(new TopicPartition(
            InternalTopics.ConsumerOffsets, CoordinatorKey.PartitionFor(group, run.Settings.OffsetsPartitionCount)));

    /// <summary>Clients that need not achieve anything.</summary>
    public bool Excuses(KafkaClient client) => client switch
    {
        ITopicUser user => user.Topic.Partitions.Any(Contains),
        GroupMember member => ContainsGroup(member.Group),
        OffsetCommitter => ContainsGroup(client.Name),
        TopicChurner => Any,
        _ => false,
    };
}
