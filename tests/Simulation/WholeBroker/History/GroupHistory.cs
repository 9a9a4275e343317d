namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>
/// Generations of groups as their members saw them: what leaders assigned, and who was given what. In one generation a partition has one
/// owner, everybody is given what a leader assigned, and nobody of an older generation commits once a newer one has its assignments.
/// </summary>
internal sealed class GroupHistory
{
    private readonly Dictionary<(string Group, int Generation), List<IReadOnlyDictionary<string, string>>> assigned = [];
    private readonly Dictionary<(string Group, int Life, int Generation), Dictionary<string, string>> owners = [];
    private readonly Dictionary<(string Group, int Life), int> newest = [];

    public int GenerationCount => owners.Count;

    /// <summary>The lives in which a group's generations count on; one for all when what groups write is durable.</summary>
    public Func<int, int> LifeOf { get; set; } = life => life;

    /// <summary>A leader sends the assignment of its generation.</summary>
    public void Assigns(string group, int generation, IReadOnlyDictionary<string, string> assignment)
    {
        if (!assigned.TryGetValue((group, generation), out var found))
            assigned.Add((group, generation), found = []);
        found.Add(assignment);
    }

    /// <summary>A member is given its part, which a leader of this life or of one before has assigned: that may have survived.</summary>
    public void Given(string group, int life, int generation, string member, string part)
    {
        if (!assigned.GetValueOrDefault((group, generation), []).Exists(assignment => assignment.GetValueOrDefault(member, "") == part))
            throw new Violation($"{group} generation {generation}: {member} was given '{part}', which no leader assigned to it");
        if (!owners.TryGetValue((group, LifeOf(life), generation), out var found))
            owners.Add((group, LifeOf(life), generation), found = new(StringComparer.Ordinal));
        foreach (var partition in part.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!found.TryAdd(partition, member) && found[partition] != member)
                throw new Violation($"{group} generation {generation}: {partition} belongs to {found[partition]} and to {member}");
        }
        var key = (group, LifeOf(life));
        newest[key] = Math.Max(newest.GetValueOrDefault(key), generation);
    }

    /// <summary>The newest generation of which somebody was given a part.</summary>
    public int Newest(string group, int life) => newest.GetValueOrDefault((group, LifeOf(life)));

    /// <summary>A commit of a generation was acknowledged that was sent when another was the newest.</summary>
    public static void Committed(string group, int generation, int newestWhenSent)
    {
        if (generation < newestWhenSent)
            throw new Violation($"{group}: a commit of generation {generation} was taken after generation {newestWhenSent} was formed");
    }
}
