using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Controller.Model;

public sealed class LeaderAndIsrTest
{
    private static readonly LeaderAndIsr current = new(
        new BrokerId(1), new LeaderEpoch(7), [new BrokerId(1), new BrokerId(2)], LeaderRecoveryState.Recovering, new PartitionEpoch(3),
        new ControllerEpoch(4));

    [Fact]
    public void The_next_leadership_has_the_next_leader_epoch_and_the_epoch_of_who_decided_it()
    {
        var next = current.Next(new BrokerId(2), [new BrokerId(2)], new ControllerEpoch(5));
        Assert.Equal((2, 8, 5), (next.Leader.Value, next.LeaderEpoch.Value, next.ControllerEpoch.Value));
        Assert.Equal([new BrokerId(2)], next.Isr);
    }

    [Fact]
    public void The_next_leadership_is_written_on_the_partition_epoch_that_was_read_and_stays_in_recovery()
    {
        var next = current.Next(new BrokerId(2), [new BrokerId(2)], new ControllerEpoch(5));
        Assert.Equal((3, LeaderRecoveryState.Recovering), (next.PartitionEpoch.Value, next.RecoveryState));
    }
}
