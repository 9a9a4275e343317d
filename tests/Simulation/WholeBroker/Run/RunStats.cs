using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>How much was done in runs, so that a test can tell that they prove something.</summary>
internal class RunStats
{
    public int Runs { get; private set; }
    public long Acknowledged { get; private set; }
    public long Commits { get; private set; }
    public long Generations { get; private set; }
    public long TopicsDeleted { get; private set; }
    public SortedDictionary<FaultKind, int> RunsWithEffect { get; } = [];

    /// <summary>What was done, in words.</summary>
    protected virtual string Figures
        => $"{Acknowledged} records, {Commits} commits, {Generations} generations, {TopicsDeleted} topics deleted";

    public void Add(RunHistory history, IEnumerable<FaultKind> effects)
    {
        Runs++;
        Acknowledged += history.Partitions.Sum(partition => (long)partition.AcknowledgedCount);
        Commits += history.AcknowledgedCommitCount;
        Generations += history.Groups.GenerationCount;
        TopicsDeleted += history.Topics.DeletedCount;
        foreach (var kind in effects)
            RunsWithEffect[kind] = RunsWithEffect.GetValueOrDefault(kind) + 1;
    }

    public override string ToString()
        => $"{Runs} runs: {Figures}; {string.Join(", ", RunsWithEffect.Select(effect => $"{effect.Key} in {effect.Value}"))}";
}
