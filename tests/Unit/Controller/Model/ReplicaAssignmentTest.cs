using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Controller.Model;

public sealed class ReplicaAssignmentTest
{
    [Fact]
    public void A_partition_is_being_reassigned_while_a_replica_is_added_or_removed()
    {
        BrokerId[] replicas = [new(1), new(2)];
        var settled = ReplicaAssignment.Of(replicas);
        Assert.False(settled.IsBeingReassigned);
        Assert.True((settled with { Adding = [new BrokerId(2)] }).IsBeingReassigned);
        Assert.True((settled with { Removing = [new BrokerId(1)] }).IsBeingReassigned);
    }
}
