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

    [Fact]
    public void A_reassignment_begins_with_the_new_replicas_and_keeps_the_old_ones_to_its_end()
    {
        var begun = Of(1, 2, 3).ReassignTo(Ids(3, 4));
        AssertIs(begun, replicas: [3, 4, 1, 2], adding: [4], removing: [1, 2]);
        Assert.Equal(Ids(3, 4), begun.Target);
        Assert.Equal(Ids(3, 1, 2), begun.Origin);
        // Another one in its place comes from where the first came from.
        AssertIs(begun.ReassignTo(Ids(5)), replicas: [5, 3, 1, 2], adding: [5], removing: [3, 1, 2]);
        AssertIs(begun.ReassignTo(begun.Origin), replicas: [3, 1, 2], adding: [], removing: []);
        AssertIs(begun.Without(new BrokerId(4)), replicas: [3, 1, 2], adding: [], removing: [1, 2]);
    }

    [Fact]
    public void Two_are_the_same_that_agree_in_every_list()
    {
        Assert.True(Of(1, 2).IsSameAs(Of(1, 2)));
        Assert.False(Of(1, 2).IsSameAs(Of(2, 1)));
        Assert.False(Of(1, 2).IsSameAs(Of(1, 2) with { Adding = Ids(2) }));
        Assert.False(Of(1, 2).IsSameAs(Of(1, 2) with { Removing = Ids(2) }));
    }

    private static ReplicaAssignment Of(params int[] replicas) => ReplicaAssignment.Of(Ids(replicas));

    private static BrokerId[] Ids(params int[] ids) => [.. ids.Select(id => new BrokerId(id))];

    private static void AssertIs(ReplicaAssignment assignment, int[] replicas, int[] adding, int[] removing)
    {
        Assert.Equal(Ids(replicas), assignment.Replicas);
        Assert.Equal(Ids(adding), assignment.Adding);
        Assert.Equal(Ids(removing), assignment.Removing);
    }
}
