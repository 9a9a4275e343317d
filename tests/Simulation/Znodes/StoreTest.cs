namespace KafkaCompatBroker.Tests.Simulation.Znodes;

public sealed class StoreTest
{
    [Fact]
    public void Every_answered_request_survives_and_none_is_half_there()
    {
        var (runs, withSnapshot) = (0, 0);
        Seeds.ForEach(200, seed =>
        {
            runs++;
            if (RunOf(seed).SnapshotsTaken > 0)
                withSnapshot++;
        });
        Assert.True(runs < 10 || withSnapshot > runs / 2, $"only {withSnapshot} of {runs} runs took a snapshot");
    }

    [Fact]
    public void The_same_seed_gives_the_same_lives_of_a_store()
        => Seeds.ForEach(5, seed => Assert.Equal(RunOf(seed).Trace.ToString(), RunOf(seed).Trace.ToString()));

    private static StoreRun RunOf(int seed)
    {
        var run = new StoreRun(seed);
        try
        {
            run.Run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {run.Story}", exception);
        }
        return run;
    }
}
