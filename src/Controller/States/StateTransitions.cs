using KafkaCompatBroker.Controller.Context;

namespace KafkaCompatBroker.Controller.States;

/// <summary>Which transitions there are between the states of a partition and of a replica; Kafka's tables. Pure.</summary>
internal static class StateTransitions
{
    /// <summary>
    /// NonExistent → New → Online ⇄ Offline → NonExistent, and New → Offline. An online partition may be brought online again, to elect
    /// another leader, and an offline one taken offline again.
    /// </summary>
    public static bool IsValid(PartitionState from, PartitionState to) => to switch
    {
        PartitionState.New => from is PartitionState.NonExistent,
        PartitionState.Online or PartitionState.Offline => from is PartitionState.New or PartitionState.Online or PartitionState.Offline,
        PartitionState.NonExistent => from is PartitionState.Offline,
        _ => false,
    };

    /// <summary>
    /// NonExistent → New → Online ⇄ Offline → DeletionStarted → DeletionSuccessful → NonExistent, and New → Offline. A deletion that cannot
    /// go on leads from Offline or DeletionStarted to DeletionIneligible, and from there back to Online or Offline. An online replica may
    /// be brought online again, to send its broker another LeaderAndIsr, and an offline one taken offline again.
    /// </summary>
    public static bool IsValid(ReplicaState from, ReplicaState to) => to switch
    {
        ReplicaState.New => from is ReplicaState.NonExistent,
        ReplicaState.Online or ReplicaState.Offline
            => from is ReplicaState.New or ReplicaState.Online or ReplicaState.Offline or ReplicaState.DeletionIneligible,
        ReplicaState.DeletionStarted => from is ReplicaState.Offline,
        ReplicaState.DeletionSuccessful => from is ReplicaState.DeletionStarted,
        ReplicaState.DeletionIneligible => from is ReplicaState.Offline or ReplicaState.DeletionStarted,
        ReplicaState.NonExistent => from is ReplicaState.DeletionSuccessful,
        _ => false,
    };
}
