using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>A group as DescribeGroups tells it. The protocol and the members' bytes are empty unless the group is Stable.</summary>
public sealed record GroupDescription(
    KafkaError Error, string State, string ProtocolType, string ProtocolName, IReadOnlyList<DescribedMember> Members)
{
    /// <summary>No group of that name is known here: Kafka calls it Dead and no error.</summary>
    public static GroupDescription Dead { get; } = new(KafkaError.None, nameof(ClassicGroupState.Dead), "", "", []);

    public bool IsDead => State == nameof(ClassicGroupState.Dead);

    public static GroupDescription Failed(KafkaError error) => new(error, "", "", "", []);
}

public sealed record DescribedMember(
    string MemberId, string? GroupInstanceId, string ClientId, string ClientHost, byte[] Metadata, byte[] Assignment);

public sealed record ListedGroup(string GroupId, string ProtocolType, ClassicGroupState State);

/// <summary>Beside CoordinatorLoadInProgress stand the groups of the partitions that are loaded.</summary>
public sealed record ListGroupsReply(KafkaError Error, IReadOnlyList<ListedGroup> Groups);

public sealed record DeleteOffsetsRequest(string GroupId, IReadOnlyList<TopicPartition> Partitions);

/// <summary>The errors of partitions stand in the order of the request's; there are none beside an error of the group. KIP-496.</summary>
public sealed record DeleteOffsetsReply(KafkaError Error, IReadOnlyList<KafkaError> PartitionErrors)
{
    public static DeleteOffsetsReply Failed(KafkaError error) => new(error, []);
}
