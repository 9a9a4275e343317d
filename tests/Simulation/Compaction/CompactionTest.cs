namespace KafkaCompatBroker.Tests.Simulation.Compaction;

public sealed class CompactionTest
{
    [Fact]
    public void Compaction_loses_no_last_record_and_brings_none_back() => Seeds.ForEach(200, seed =>
    {
        var run = new CompactionRun(seed);
        try
        {
            run.Run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {run.Story}", exception);
        }
    });
}
