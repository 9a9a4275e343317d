using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers;

/// <summary>What the handlers know of the controller: that of broker 1, unless a test says that it is none.</summary>
public sealed partial class AdminFixture : IControllerRole
{
    bool IControllerRole.IsActive => IsController;

    Task<IReadOnlyDictionary<TopicPartition, ElectionResult>?> IControllerRole.ElectLeaders(
        IReadOnlyCollection<TopicPartition> partitions, ElectionType type)
        => Ask(controller => controller.ElectLeaders(partitions, type));

    Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>?> IControllerRole.AlterReassignments(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> targets, bool mayChangeReplicationFactor)
        => Ask(controller => controller.AlterReassignments(targets, mayChangeReplicationFactor));

    Task<IReadOnlyDictionary<TopicPartition, ReplicaAssignment>?> IControllerRole.ListReassignments(
        IReadOnlyCollection<TopicPartition>? partitions)
        => Ask(controller => controller.ListReassignments(partitions));

    Task<IReadOnlyList<string?>?> IControllerRole.UpdateFeatures(
        IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly)
        => Ask(controller => controller.UpdateFeatures(updates, allOrNothing, isValidateOnly));

    private Task<T?> Ask<T>(Func<IControllerRole, Task<T?>> ask)
        where T : class
        => IsController ? ask(cluster.Brokers[1].Controller!) : Task.FromResult<T?>(null);
}
