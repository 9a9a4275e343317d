namespace KafkaCompatBroker.Tests.Simulation.Recovery;

public sealed class LogRecoveryTest
{
    [Fact]
    public void Recovery_keeps_every_fsynced_batch_and_invents_none() => Seeds.ForEach(200, Run);

    [Fact]
    public void The_same_seed_gives_the_same_recoveries() => Seeds.ForEach(5, seed => Assert.Equal(TraceOf(seed), TraceOf(seed)));

    private static string TraceOf(int seed)
    {
        var run = new LogRecoveryRun(seed);
        try
        {
            run.Run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {run.Story}", exception);
        }
        return run.Trace.ToString();
    }

    private static void Run(int seed) => TraceOf(seed);
}
