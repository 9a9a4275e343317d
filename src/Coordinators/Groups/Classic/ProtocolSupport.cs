namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>How many members of a group support each protocol, and which protocol a generation uses. Owned by its group.</summary>
internal sealed class ProtocolSupport
{
    private readonly Dictionary<string, int> memberCounts = [];

    public void Add(IReadOnlyList<MemberProtocol> protocols) => Count(protocols, 1);

    public void Remove(IReadOnlyList<MemberProtocol> protocols) => Count(protocols, -1);

    /// <summary>Whether one of the protocols is supported by all members.</summary>
    public bool HasCommon(IReadOnlyList<MemberProtocol> protocols, int memberCount)
    {
        foreach (var protocol in protocols)
        {
            if (memberCounts.GetValueOrDefault(protocol.Name) == memberCount)
                return true;
        }
        return false;
    }

    /// <summary>
    /// Each member votes for the protocol it prefers among those that all members support; most votes win, the earlier voted for on a tie.
    /// </summary>
    public string Select(IReadOnlyCollection<ClassicMember> members)
    {
        Invariant.Holds(members.Count > 0);
        var candidates = memberCounts.Where(support => support.Value == members.Count).Select(support => support.Key).ToHashSet();
        var votes = new List<(string Name, int Count)>();
        foreach (var member in members)
        {
            var name = member.Vote(candidates);
            Invariant.Holds(name is not null);
            var index = votes.FindIndex(vote => vote.Name == name);
            if (index < 0)
                votes.Add((name, 1));
            else
                votes[index] = (name, votes[index].Count + 1);
        }
        return votes.MaxBy(vote => vote.Count).Name;
    }

    private void Count(IReadOnlyList<MemberProtocol> protocols, int change)
    {
        // A name that a client lists twice counts once.
        foreach (var name in protocols.Select(protocol => protocol.Name).Distinct())
        {
            var count = memberCounts.GetValueOrDefault(name) + change;
            if (count == 0)
                memberCounts.Remove(name);
            else
                memberCounts[name] = count;
        }
    }
}
