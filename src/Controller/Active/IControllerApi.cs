namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// What brokers ask the active controller. Where this broker's controller is not the active one, the answer says so; it never throws.
/// Callable from anywhere.
/// </summary>
public interface IControllerApi
{
    /// <summary>Leaders change the ISRs of their partitions. NotController where this is not the controller. KIP-497.</summary>
    Task<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request);

    /// <summary>
    /// A broker is about to stop: its leaders go to others, and its replicas leave the ISRs. Answers with what it still leads of what has
    /// other replicas; StaleControllerEpoch where this is not the controller.
    /// </summary>
    Task<ControlledShutdownResponse> ControlledShutdown(ControlledShutdownRequest request);

    /// <summary>A block of producer ids that no other broker has. NotController where this is not the controller. KIP-730.</summary>
    Task<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request);
}
