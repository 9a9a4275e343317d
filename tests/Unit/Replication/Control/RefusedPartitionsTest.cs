using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class RefusedPartitionsTest
{
    private static readonly TopicPartition Name = new("knew", 0);

    private readonly SimWorld world = new(1);
    private readonly RecordedLog log = new();
    private readonly ILoop loop;
    private readonly RefusedPartitions refused;

    public RefusedPartitionsTest()
    {
        loop = world.Loops.Create("replicas");
        refused = new RefusedPartitions(log, loop);
    }

    [Fact]
    public void Same_reason_is_said_once_and_another_again()
    {
        OnLoop(() =>
        {
            refused.Add(Name, LogLevel.Error, "a");
            refused.Add(Name, LogLevel.Error, "a");
            refused.Add(Name, LogLevel.Error, "b");
        });

        Assert.Equal(["partition=knew-0 refused: a", "partition=knew-0 refused: b"], Lines());
    }

    [Fact]
    public void Reason_is_said_again_after_a_decision_was_carried_out()
    {
        OnLoop(() =>
        {
            refused.Add(Name, LogLevel.Error, "a");
            refused.Remove(Name);
            refused.Add(Name, LogLevel.Error, "a");
        });

        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void Memory_of_what_was_said_is_bounded()
    {
        OnLoop(() =>
        {
            for (var partition = 0; partition <= Limits.RefusedPartitions; partition++)
                refused.Add(new TopicPartition("knew", partition), LogLevel.Error, "a");
            // All were forgotten when the last but one filled the memory up.
            refused.Add(Name, LogLevel.Error, "a");
        });

        Assert.Equal(2, Lines().Count(line => line.StartsWith("partition=knew-0 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => refused.Add(Name, LogLevel.Error, "a"));
        Assert.Throws<InvariantViolation>(() => refused.Remove(Name));
    }

    private string[] Lines() => [.. log.Lines.Select(line => line["Error replicas ".Length..].TrimEnd())];

    private void OnLoop(Action code) => world.Await(loop.Ask(() =>
    {
        code();
        return true;
    }));
}
