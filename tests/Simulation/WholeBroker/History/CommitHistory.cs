namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>One commit of an offset, from its sending to its answer.</summary>
internal sealed class Commit(long offset, int generation, int life, DateTimeOffset begun)
{
    public long Offset => offset;
    /// <summary>Of the group when its member committed; −1 of a commit outside of generations.</summary>
    public int Generation => generation;
    public int Life => life;
    public DateTimeOffset Begun => begun;

    /// <summary>When it was answered or given up; far away while it is under way.</summary>
    public DateTimeOffset Ended { get; set; } = DateTimeOffset.MaxValue;

    public bool IsAcknowledged { get; set; }

    /// <summary>Refused for good: it has no effect.</summary>
    public bool IsRefused { get; set; }
}

/// <summary>
/// The committed offset of one partition in one group, as a register that clients write and read at overlapping times. What is fetched was
/// written by a commit that no acknowledged one followed. A commit that was given up may or may not have been done, at its time.
/// </summary>
internal sealed class CommitHistory(string name, bool isDurable)
{
    private readonly List<Commit> commits = [];

    public string Name => name;

    public IReadOnlyList<Commit> Commits => commits;

    public Commit Begin(long offset, int generation, int life, DateTimeOffset now)
    {
        var commit = new Commit(offset, generation, life, now);
        commits.Add(commit);
        return commit;
    }

    /// <summary>An offset was fetched; −1 stands for none.</summary>
    /// <param name="begun">When it was asked for.</param>
    public void Fetched(long offset, int life, DateTimeOffset begun)
    {
        // What was not durable may be as it was at any time before.
        var binding = commits.Where(
            commit => commit.IsAcknowledged && commit.Ended < begun && (isDurable || commit.Life == life)).ToList();
        if (offset == -1 && binding.Count == 0)
            return;
        var sources = commits.Where(commit => commit.Offset == offset && !commit.IsRefused);
        if (sources.Any(source => !binding.Exists(later => IsOverwritten(source, later))))
            return;
        throw new Violation($"{name} has committed offset {offset}, but {Told(binding)} was acknowledged before");
    }

    /// <summary>
    /// The later one was sent when the first had ended, or belongs to a newer generation: however late a commit arrives, none of an older
    /// generation is taken after one of a newer.
    /// </summary>
    private bool IsOverwritten(Commit first, Commit later)
        => later.Begun > first.Ended || later.Generation > first.Generation && (isDurable || later.Life == first.Life);

    private static string Told(List<Commit> binding)
        => binding.Count == 0 ? "nothing" : string.Join(", ", binding.TakeLast(3).Select(commit => $"{commit.Offset} at {commit.Ended:O}"));
}
