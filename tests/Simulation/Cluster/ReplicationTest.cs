namespace KafkaCompatBroker.Tests.Simulation.Cluster;

public sealed class ReplicationTest
{
    [Fact]
    public void What_was_acknowledged_stays_and_replicas_become_equal() => Seeds.ForEach(100, seed => Run(seed));

    [Fact]
    public void The_same_seed_gives_the_same_run() => Seeds.ForEach(3, seed => Assert.Equal(Run(seed), Run(seed)));

    private static string Run(int seed)
    {
        var run = new ReplicationRun(seed);
        try
        {
            run.Run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {exception.Message}\n{run.Told()}", exception);
        }
        return run.Trace;
    }
}
