namespace KafkaCompatBroker.Tests.Simulation.Znodes;

public sealed class ClientTest
{
    [Fact]
    public void What_a_client_is_answered_is_what_was_done_and_no_watch_is_lost()
    {
        var (runs, withExpiry, done, faults) = (0, 0, 0, 0);
        Seeds.ForEach(100, seed =>
        {
            var run = RunOf(seed);
            (runs, done, faults) = (runs + 1, done + run.Done, faults + run.Faults);
            withExpiry += run.Expiries > 0 ? 1 : 0;
        });
        Assert.True(runs < 10 || withExpiry > runs / 4, $"sessions expired in {withExpiry} of {runs} runs");
        Assert.True(runs < 10 || (faults > runs * 20 && done > runs * 100), $"{faults} faults and {done} writes in {runs} runs");
    }

    [Fact]
    public void The_same_seed_gives_the_same_days_of_a_client()
        => Seeds.ForEach(3, seed => Assert.Equal(RunOf(seed).Trace.ToString(), RunOf(seed).Trace.ToString()));

    private static ClientRun RunOf(int seed)
    {
        var run = new ClientRun(seed);
        run.Run();
        return run;
    }
}
