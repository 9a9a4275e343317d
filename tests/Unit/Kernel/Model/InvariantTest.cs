namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class InvariantTest
{
    [Fact]
    public void A_violation_names_what_should_have_held()
    {
        var (logEndOffset, offset) = (7, 8);
        Invariant.Holds(logEndOffset < offset);
        Assert.Equal(
            "invariant violated: offset <= logEndOffset",
            Assert.Throws<InvariantViolation>(() => Invariant.Holds(offset <= logEndOffset)).Message);
    }

    [Fact]
    public void The_bounds_keep_the_relations_that_a_broker_asserts_at_its_start() => Limits.Check();
}
