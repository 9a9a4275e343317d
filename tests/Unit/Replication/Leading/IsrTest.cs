using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

public sealed class IsrTest
{
    private static readonly BrokerId One = new(1), Two = new(2), Three = new(3);

    [Fact]
    public void Replica_being_added_counts_for_the_maximal_isr_and_not_for_the_committed_one()
    {
        var isr = new Isr([One, Two]).WithPendingAddition(Three);

        Assert.Equal((2, 3), (isr.Count, isr.MaximalCount));
        Assert.True(isr.IsInMaximal(Three));
        Assert.Equal([One, Two], isr.Committed);
    }

    [Fact]
    public void One_change_is_on_its_way_at_most()
    {
        var isr = new Isr([One]).WithPendingAddition(Two);

        Assert.Throws<InvariantViolation>(() => isr.WithPendingAddition(Three));
        Assert.Throws<InvariantViolation>(() => new Isr([One]).WithPendingAddition(One));
    }

    [Fact]
    public void Replica_being_removed_counts_until_it_is()
    {
        var isr = new Isr([One, Two, Three]).WithPendingRemoval([Two]);

        Assert.Equal((3, 3), (isr.Count, isr.MaximalCount));
        Assert.True(isr.IsInMaximal(Two));
        Assert.Equal([One, Three], isr.Proposed);
        Assert.Throws<InvariantViolation>(() => new Isr([One]).WithPendingRemoval([Two]));
    }

    [Fact]
    public void Isr_without_its_pending_change_is_what_was_committed()
    {
        var isr = new Isr([One]).WithPendingAddition(Two).WithoutPending();

        Assert.Null(isr.Proposed);
        Assert.False(isr.IsInMaximal(Two));
    }
}
