namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>A group as ListGroups shows it, in the words of the wire.</summary>
public sealed record ListedGroup
{
    public required string GroupId { get; init; }

    /// <summary>What the group's members have in common: "consumer", "connect"; empty for a group that only holds offsets.</summary>
    public required string ProtocolType { get; init; }

    public required string State { get; init; }

    /// <summary>The kind of group: "classic".</summary>
    public required string Type { get; init; }
}

/// <summary>Beside CoordinatorLoadInProgress stand the groups of the partitions that are loaded.</summary>
public sealed record ListGroupsReply(KafkaError Error, IReadOnlyList<ListedGroup> Groups);
