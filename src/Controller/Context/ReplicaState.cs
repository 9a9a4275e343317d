namespace KafkaCompatBroker.Controller.Context;

/// <summary>In which state the controller sees a replica; Kafka's ReplicaState.</summary>
internal enum ReplicaState
{
    /// <summary>It was never created, or was deleted.</summary>
    NonExistent,
    /// <summary>Its partition is being created.</summary>
    New,
    /// <summary>Its broker is live and leads or follows.</summary>
    Online,
    /// <summary>Its broker, or the log dir it is in, is gone.</summary>
    Offline,
    /// <summary>Its broker was asked to delete it and has not answered.</summary>
    DeletionStarted,
    /// <summary>Its broker has deleted it.</summary>
    DeletionSuccessful,
    /// <summary>It is to be deleted and cannot be now: its broker is gone, or has refused.</summary>
    DeletionIneligible,
}
