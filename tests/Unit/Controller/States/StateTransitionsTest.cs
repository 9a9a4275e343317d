using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Tests.Unit.Controller.States;

/// <summary>Kafka's tables, from state to state.</summary>
public sealed class StateTransitionsTest
{
    [Fact]
    public void Partitions_go_only_where_Kafkas_do()
    {
        (PartitionState From, PartitionState To)[] expected =
        [
            (PartitionState.NonExistent, PartitionState.New),
            (PartitionState.New, PartitionState.Online),
            (PartitionState.New, PartitionState.Offline),
            (PartitionState.Online, PartitionState.Online),
            (PartitionState.Online, PartitionState.Offline),
            (PartitionState.Offline, PartitionState.NonExistent),
            (PartitionState.Offline, PartitionState.Online),
            (PartitionState.Offline, PartitionState.Offline),
        ];
        var valid = from before in Enum.GetValues<PartitionState>()
                    from after in Enum.GetValues<PartitionState>()
                    where StateTransitions.IsValid(before, after)
                    select (before, after);
        Assert.Equal(expected.Order(), valid.Order());
    }

    [Fact]
    public void Replicas_go_only_where_Kafkas_do()
    {
        (ReplicaState From, ReplicaState To)[] expected =
        [
            (ReplicaState.NonExistent, ReplicaState.New),
            (ReplicaState.New, ReplicaState.Online),
            (ReplicaState.New, ReplicaState.Offline),
            (ReplicaState.Online, ReplicaState.Online),
            (ReplicaState.Online, ReplicaState.Offline),
            (ReplicaState.Offline, ReplicaState.Online),
            (ReplicaState.Offline, ReplicaState.Offline),
            (ReplicaState.Offline, ReplicaState.DeletionStarted),
            (ReplicaState.Offline, ReplicaState.DeletionIneligible),
            (ReplicaState.DeletionStarted, ReplicaState.DeletionSuccessful),
            (ReplicaState.DeletionStarted, ReplicaState.DeletionIneligible),
            (ReplicaState.DeletionSuccessful, ReplicaState.NonExistent),
            (ReplicaState.DeletionIneligible, ReplicaState.Online),
            (ReplicaState.DeletionIneligible, ReplicaState.Offline),
        ];
        var valid = from before in Enum.GetValues<ReplicaState>()
                    from after in Enum.GetValues<ReplicaState>()
                    where StateTransitions.IsValid(before, after)
                    select (before, after);
        Assert.Equal(expected.Order(), valid.Order());
    }
}
