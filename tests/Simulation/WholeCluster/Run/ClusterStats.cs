using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>How much was done in runs of clusters, so that a test can tell that they prove something.</summary>
internal sealed class ClusterStats
{
    public int Runs { get; private set; }
    public long Acknowledged { get; private set; }
    public long Commits { get; private set; }
    public long TopicsDeleted { get; private set; }
    public long LeaderChanges { get; private set; }
    public long ControllerChanges { get; private set; }
    public long IsrChanges { get; private set; }
    public long Reassignments { get; private set; }
    public long LeadersSeen { get; private set; }
    public long Ends { get; private set; }
    public SortedDictionary<FaultKind, int> RunsWithEffect { get; } = [];

    public void Add(ClusterContext run, IEnumerable<FaultKind> effects)
    {
        Runs++;
        Acknowledged += run.History.Partitions.Sum(partition => (long)partition.AcknowledgedCount);
        Commits += run.History.AcknowledgedCommitCount;
        TopicsDeleted += run.History.Topics.DeletedCount;
        LeaderChanges += run.Znodes.LeaderChanges;
        ControllerChanges += run.Znodes.ControllerChanges;
        IsrChanges += run.Znodes.IsrChanges;
        Reassignments += run.Znodes.ReassignmentsDone;
        LeadersSeen += run.Leaders.Count;
        Ends += run.Ends.Count;
        foreach (var kind in effects)
            RunsWithEffect[kind] = RunsWithEffect.GetValueOrDefault(kind) + 1;
    }

    public override string ToString()
        => $"{Runs} runs: {Acknowledged} records, {Commits} commits, {TopicsDeleted} topics deleted, {LeaderChanges} leader changes, "
            + $"{ControllerChanges} controllers, {IsrChanges} ISR changes, {Reassignments} reassignments, {LeadersSeen} leaders, "
            + $"{Ends} ends; "
            + string.Join(", ", RunsWithEffect.Select(effect => $"{effect.Key} in {effect.Value}"));
}
