namespace KafkaCompatBroker.Controller.Context;

/// <summary>In which state the controller sees a partition; Kafka's PartitionState.</summary>
internal enum PartitionState
{
    /// <summary>It was never created, or was deleted.</summary>
    NonExistent,
    /// <summary>It has an assignment and no leader yet.</summary>
    New,
    /// <summary>It has a leader that is online.</summary>
    Online,
    /// <summary>It had a leader, which is gone.</summary>
    Offline,
}
