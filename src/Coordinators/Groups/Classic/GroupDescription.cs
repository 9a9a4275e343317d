namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>A group as DescribeGroups shows it. The protocol and the members' bytes are empty unless the group is Stable.</summary>
public sealed record GroupDescription
{
    public required KafkaError Error { get; init; }
    public required string State { get; init; }
    public string ProtocolType { get; init; } = "";
    public string ProtocolName { get; init; } = "";
    public IReadOnlyList<DescribedMember> Members { get; init; } = [];

    /// <summary>No group of that name is known here: Kafka calls it Dead and no error.</summary>
    public static GroupDescription Dead { get; } = new() { Error = KafkaError.None, State = nameof(ClassicGroupState.Dead) };

    public bool IsDead => State == nameof(ClassicGroupState.Dead);

    public static GroupDescription Failed(KafkaError error) => new() { Error = error, State = "" };

    internal static GroupDescription Of(ClassicGroup group)
    {
        // Between generations the bytes at hand belong to different ones.
        var isStable = group.State == ClassicGroupState.Stable;
        return new GroupDescription
        {
            Error = KafkaError.None,
            State = group.State.ToString(),
            ProtocolType = group.ProtocolType ?? "",
            ProtocolName = isStable ? group.ProtocolName ?? "" : "",
            Members = [.. group.Members.Select(member => new DescribedMember
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                Metadata = isStable ? member.MetadataFor(group.ProtocolName) : [],
                Assignment = isStable ? member.Assignment : [],
            })],
        };
    }
}

public sealed record DescribedMember
{
    public required string MemberId { get; init; }
    public required string? GroupInstanceId { get; init; }
    public required string ClientId { get; init; }
    public required string ClientHost { get; init; }
    public required byte[] Metadata { get; init; }
    public required byte[] Assignment { get; init; }
}
