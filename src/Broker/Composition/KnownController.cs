using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// This broker's controller as request handlers see it: active once it has told its own broker of the cluster. A topic asked for before
/// that would be refused for want of brokers to put it on, which clients take for the last word.
/// </summary>
internal sealed class KnownController(IControllerRole controller, MetadataCache metadata, BrokerId self) : IControllerRole
{
    public bool IsActive => controller.IsActive && metadata.IsLive(self);

    public Task<IReadOnlyDictionary<TopicPartition, ElectionResult>?> ElectLeaders(
        IReadOnlyCollection<TopicPartition> partitions, ElectionType type)
        => controller.ElectLeaders(partitions, type);

    public Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>?> AlterReassignments(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> targets, bool mayChangeReplicationFactor)
        => controller.AlterReassignments(targets, mayChangeReplicationFactor);

    public Task<IReadOnlyDictionary<TopicPartition, ReplicaAssignment>?> ListReassignments(IReadOnlyCollection<TopicPartition>? partitions)
        => controller.ListReassignments(partitions);

    public Task<IReadOnlyList<string?>?> UpdateFeatures(IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly)
        => controller.UpdateFeatures(updates, allOrNothing, isValidateOnly);
}
