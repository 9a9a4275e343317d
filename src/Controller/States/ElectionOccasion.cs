namespace KafkaCompatBroker.Controller.States;

/// <summary>Why a partition's leader is elected; Kafka's PartitionLeaderElectionStrategy.</summary>
internal enum ElectionOccasion
{
    /// <summary>The leader is gone.</summary>
    OfflineLeader,
    /// <summary>The leader is gone, and somebody has asked for another one even from outside the ISR. KIP-460.</summary>
    OfflineLeaderOrUnclean,
    /// <summary>The preferred replica is to take the lead back.</summary>
    PreferredReplica,
    /// <summary>The leader is not among the replicas to which the partition is reassigned, or is gone.</summary>
    Reassignment,
    /// <summary>The leader's broker is about to stop.</summary>
    ControlledShutdown,
    /// <summary>The leader stays; its replicas change.</summary>
    NextEpoch,
}
