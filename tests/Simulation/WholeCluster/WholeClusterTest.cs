using KafkaCompatBroker.Tests.Simulation.WholeBroker;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;
using Xunit.Abstractions;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster;

public sealed class WholeClusterTest(ITestOutputHelper output)
{
    [Fact]
    public void What_several_brokers_promise_is_kept_through_every_fault_and_all_are_in_sync_once_they_heal()
    {
        var stats = new ClusterStats();
        Seeds.ForEach(200, seed => RunOf(seed, stats));
        output.WriteLine(stats.ToString());
        if (stats.Runs < 100)
            return;
        // Runs in which little was done would prove nothing.
        Assert.Equal(FaultKinds.OfCluster, stats.RunsWithEffect.Keys);
        Assert.All(stats.RunsWithEffect, effect => Assert.True(effect.Value >= stats.Runs / 50, $"{effect.Key} in {effect.Value} runs"));
        Assert.True(stats.Acknowledged > stats.Runs * 500 && stats.Commits > stats.Runs * 20, stats.ToString());
        Assert.True(stats.LeaderChanges > stats.Runs * 10 && stats.IsrChanges > stats.Runs * 20, stats.ToString());
        Assert.True(stats.ControllerChanges > stats.Runs * 1.5 && stats.Reassignments > stats.Runs / 2, stats.ToString());
        Assert.True(stats.LeadersSeen > stats.Runs * 5 && stats.Ends > stats.Runs * 50, stats.ToString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace_of_a_cluster() => Seeds.ForEach(3, seed => Assert.Equal(RunOf(seed), RunOf(seed)));

    [Fact]
    public void Another_process_gives_the_same_traces_of_clusters()
        => Assert.Equal(WholeBrokerTest.TracesOfAnotherProcess("1..3", "on=cluster"), Enumerable.Range(1, 3).Select(seed => RunOf(seed)));

    private static string RunOf(int seed, ClusterStats? stats = null)
    {
        var run = new ClusterRun(seed);
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
