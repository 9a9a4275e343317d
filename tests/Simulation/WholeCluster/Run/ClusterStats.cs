using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>How much was done in runs of clusters.</summary>
internal sealed class ClusterStats : RunStats
{
    public long LeaderChanges { get; private set; }
    public long ControllerChanges { get; private set; }
    public long IsrChanges { get; private set; }
    public long Reassignments { get; private set; }
    public long LeadersSeen { get; private set; }
    public long Ends { get; private set; }
    public long TransactionsCommitted { get; private set; }
    public long TransactionsAborted { get; private set; }
    public long TransactionsOfUnknownEnd { get; private set; }
    public long ProducersBegunAnew { get; private set; }
    public long Copied { get; private set; }

    protected override string Figures
        => $"{base.Figures}, {LeaderChanges} leader changes, {ControllerChanges} controllers, {IsrChanges} ISR changes, "
            + $"{Reassignments} reassignments, {LeadersSeen} leaders, {Ends} ends, {TransactionsCommitted} transactions committed, "
            + $"{TransactionsAborted} aborted, {TransactionsOfUnknownEnd} of unknown end, {ProducersBegunAnew} producers begun anew, "
            + $"{Copied} records copied";

    public void Add(ClusterContext run, IEnumerable<FaultKind> effects)
    {
        Add(run.History, effects);
        LeaderChanges += run.Znodes.LeaderChanges;
        ControllerChanges += run.Znodes.ControllerChanges;
        IsrChanges += run.Znodes.IsrChanges;
        Reassignments += run.Znodes.ReassignmentsDone;
        LeadersSeen += run.Leaders.Count;
        Ends += run.Ends.Count;
        if (run.Transactions is not { } transactions)
            return;
        TransactionsCommitted += transactions.Committed;
        TransactionsAborted += transactions.Aborted;
        TransactionsOfUnknownEnd += transactions.OfUnknownEnd;
        ProducersBegunAnew += transactions.BegunAnew;
        Copied += transactions.Copied;
    }
}
