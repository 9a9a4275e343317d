namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

public sealed class WholeBrokerTest
{
    [Fact]
    public void Acknowledged_records_and_commits_survive_kills_and_nothing_is_invented()
    {
        var kills = 0;
        for (var seed = 1; seed <= 30; seed++)
        {
            var run = new BrokerRun(seed);
            run.Run();
            kills += run.Kills;
        }
        Assert.True(kills > 0, "no kill took effect");
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace_of_a_whole_broker()
    {
        for (var seed = 1; seed <= 3; seed++)
            Assert.Equal(TraceOf(seed), TraceOf(seed));
    }

    private static string TraceOf(int seed)
    {
        var run = new BrokerRun(seed);
        run.Run();
        return run.Trace;
    }
}
