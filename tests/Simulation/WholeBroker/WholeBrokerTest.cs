using System.Diagnostics;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using Xunit.Abstractions;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

public sealed class WholeBrokerTest(ITestOutputHelper output)
{
    [Fact]
    public void What_is_promised_is_kept_through_every_fault_and_all_is_answered_once_they_heal()
    {
        var stats = new RunStats();
        Seeds.ForEach(200, seed => RunOf(seed, stats));
        output.WriteLine(stats.ToString());
        if (stats.Runs < 100)
            return;
        // Runs in which little was done would prove nothing.
        Assert.Equal(FaultKinds.Alone, stats.RunsWithEffect.Keys);
        Assert.All(stats.RunsWithEffect, effect => Assert.True(effect.Value >= stats.Runs / 50, $"{effect.Key} in {effect.Value} runs"));
        Assert.True(stats.Acknowledged > stats.Runs * 100 && stats.Commits > stats.Runs * 50, stats.ToString());
        Assert.True(stats.Generations > stats.Runs * 5 && stats.TopicsDeleted > stats.Runs, stats.ToString());
    }

    [Fact]
    public void What_is_promised_is_kept_on_an_ensemble_too_whose_sessions_end_and_whose_servers_and_answers_are_lost()
    {
        var stats = new RunStats();
        Seeds.ForEach(100, seed => RunOf(seed, stats, onEnsemble: true));
        output.WriteLine(stats.ToString());
        if (stats.Runs < 100)
            return;
        Assert.Equal(FaultKinds.OnEnsemble, stats.RunsWithEffect.Keys);
        Assert.True(stats.Acknowledged > stats.Runs * 100 && stats.Commits > stats.Runs * 50, stats.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_seed_gives_the_same_trace_of_a_whole_broker(bool onEnsemble)
        => Seeds.ForEach(3, seed => Assert.Equal(RunOf(seed, onEnsemble: onEnsemble), RunOf(seed, onEnsemble: onEnsemble)));

    [Fact]
    public void Another_process_gives_the_same_traces()
        => Assert.Equal(TracesOfAnotherProcess("1..4"), Enumerable.Range(1, 4).Select(seed => RunOf(seed)));

    /// <summary>
    /// String hashes differ from process to process: whatever hangs on them would not be found again by its seed.
    /// </summary>
    internal static string[] TracesOfAnotherProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(WholeBrokerTest).Assembly.Location, .. arguments, "trace"])
        {
            RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        var traces = other.StandardOutput.ReadToEnd();
        other.WaitForExit();
        return traces.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string RunOf(int seed, RunStats? stats = null, bool onEnsemble = false)
    {
        var run = new BrokerRun(seed, onEnsemble: onEnsemble);
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
