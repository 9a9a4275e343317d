using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>What a request handler needs to know of this broker's controller. May be read from anywhere.</summary>
public interface IControllerRole
{
    /// <summary>Whether this broker is the active controller, which alone creates, changes and deletes topics.</summary>
    bool IsActive { get; }

    /// <summary>
    /// Elects leaders where they are needed; null when this broker is not the controller, or ceases to be. KIP-460.
    /// </summary>
    Task<IReadOnlyDictionary<TopicPartition, ElectionResult>?> ElectLeaders(
        IReadOnlyCollection<TopicPartition> partitions, ElectionType type);

    /// <summary>
    /// Begins reassignments, or with null in place of the replicas cancels them; null when this broker is not the controller, or ceases to
    /// be. KIP-455, KIP-860.
    /// </summary>
    Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>?> AlterReassignments(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> targets, bool mayChangeReplicationFactor);

    /// <summary>
    /// Those of the partitions, or of all when it is null, that are being reassigned; null when this broker is not the controller. KIP-455.
    /// </summary>
    Task<IReadOnlyDictionary<TopicPartition, ReplicaAssignment>?> ListReassignments(IReadOnlyCollection<TopicPartition>? partitions);

    /// <summary>
    /// Finalizes features. Why each update is refused, in their order, or null for one that is done; null in place of all when this broker
    /// is not the controller, or ceases to be. KIP-584.
    /// </summary>
    Task<IReadOnlyList<string?>?> UpdateFeatures(IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly);
}
