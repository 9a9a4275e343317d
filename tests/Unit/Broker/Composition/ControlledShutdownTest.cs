using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

public sealed class ControlledShutdownTest : IControllerAccess
{
    private static readonly ControlledShutdownOutcome Done = new([], null), Remaining = new([new TopicPartition("orders", 0)], null),
        Failed = new([], "the controller answered StaleControllerEpoch");

    private readonly SimWorld world = new(1);
    private readonly RecordedLog log = new();
    private readonly Queue<ControlledShutdownOutcome> outcomes = new();
    private readonly List<double> askedAt = [];

    public Task<ControlledShutdownOutcome> ControlledShutdown()
    {
        askedAt.Add((world.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        return outcomes.TryDequeue(out var outcome)
            ? Task.FromResult(outcome)
            : new TaskCompletionSource<ControlledShutdownOutcome>().Task;
    }

    public Task<ProducerIdBlock?> AllocateProducerIds() => throw new NotSupportedException("a broker that stops needs none");

    [Fact]
    public void It_is_asked_once_where_everything_goes_to_others()
    {
        outcomes.Enqueue(Done);
        Run();
        Assert.Single(askedAt);
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Warn", StringComparison.Ordinal));
    }

    [Fact]
    public void A_controller_that_does_not_answer_is_not_waited_for()
    {
        Run();
        Assert.Single(askedAt);
        Assert.Contains(log.Lines, line => line.Contains("the controller does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_asked_again_behind_the_backoff_while_something_remains_or_the_controller_moves()
    {
        foreach (var outcome in (ControlledShutdownOutcome[])[Remaining, Failed, Done])
            outcomes.Enqueue(outcome);
        Run();
        Assert.Equal([0, 5, 10], askedAt.Select(time => Math.Round(time - askedAt[0])));
        Assert.Contains(log.Lines, line => line.Contains("partitions=1 are still led here; retries left=2", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("StaleControllerEpoch; retries left=1", StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_given_up_behind_so_many_retries_and_the_broker_stops_all_the_same()
    {
        outcomes.Enqueue(Failed);
        outcomes.Enqueue(Remaining);
        Run(("controlled.shutdown.max.retries", "2"), ("controlled.shutdown.retry.backoff.ms", "100"));
        Assert.Equal(2, askedAt.Count);
        Assert.Contains("stopping without a controlled shutdown", log.Lines.Last(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("controlled.shutdown.enable", "false")]
    [InlineData("controlled.shutdown.max.retries", "0")]
    public void It_is_not_asked_where_the_settings_say_so(string setting, string value)
    {
        Run((setting, value));
        Assert.Empty(askedAt);
    }

    private void Run(params (string Name, string Value)[] settings)
    {
        var config = BrokerConfig.Parse(settings.ToDictionary(setting => setting.Name, setting => setting.Value));
        var shutdown = new ControlledShutdown(this, config, world.Loops.Create("coordination"), log);
        world.Await(world.Start(shutdown.Run));
    }
}
