namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

public sealed class WholeBrokerTest
{
    [Fact]
    public void Acknowledged_records_and_commits_survive_kills_and_nothing_is_invented()
    {
        var (runs, kills) = (0, 0);
        Seeds.ForEach(30, seed =>
        {
            var run = new BrokerRun(seed);
            run.Run();
            runs++;
            kills += run.Kills;
        });
        Assert.True(runs < 10 || kills > 0, "no kill took effect");
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace_of_a_whole_broker()
        => Seeds.ForEach(3, seed => Assert.Equal(TraceOf(seed), TraceOf(seed)));

    private static string TraceOf(int seed)
    {
        var run = new BrokerRun(seed);
        run.Run();
        return run.Trace;
    }
}
