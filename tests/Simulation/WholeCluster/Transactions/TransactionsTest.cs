using KafkaCompatBroker.Tests.Simulation.WholeBroker;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;
using Xunit.Abstractions;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

public sealed class TransactionsTest(ITestOutputHelper output)
{
    [Fact]
    public void Transactions_are_whole_and_copies_exact_through_every_fault()
    {
        var stats = new ClusterStats();
        Seeds.ForEach(100, seed => RunOf(seed, stats));
        output.WriteLine(stats.ToString());
        if (stats.Runs < 100)
            return;
        // Runs in which little was done would prove nothing.
        Assert.Equal(FaultKinds.OfCluster, stats.RunsWithEffect.Keys);
        Assert.True(stats.TransactionsCommitted > stats.Runs * 20 && stats.TransactionsAborted > stats.Runs * 10, stats.ToString());
        Assert.True(stats.TransactionsOfUnknownEnd > stats.Runs / 4 && stats.Copied > stats.Runs * 80, stats.ToString());
        Assert.True(stats.ProducersBegunAnew > stats.Runs * 3 && stats.LeaderChanges > stats.Runs * 10, stats.ToString());
    }

    [Fact]
    public void Another_process_gives_the_same_traces_of_transactions()
        => Assert.Equal(
            WholeBrokerTest.TracesOfAnotherProcess("1..3", "on=transactions"), Enumerable.Range(1, 3).Select(seed => RunOf(seed)));

    private static string RunOf(int seed, ClusterStats? stats = null)
    {
        var run = new ClusterRun(seed, withTransactions: true);
        try
        {
            run.Run(stats);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{run.Setup}\n{run.Story}", exception);
        }
        return run.Trace;
    }
}
