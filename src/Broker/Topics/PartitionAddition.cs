using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// Checks and writes the partitions that a topic is to have more. On the loop of <see cref="TopicCreation"/>, with which it shares the file
/// descriptors.
/// </summary>
public sealed class PartitionAddition(
    ILoop loop, TopicStore store, MetadataCache metadata, PromisedPartitions promised, Random random)
{
    /// <summary>
    /// Brings a topic to <paramref name="count"/> partitions; a null assignment has the broker choose. The message is for the client.
    /// </summary>
    public async Task<(KafkaError Error, string? Message)> Add(
        string name, int count, IReadOnlyList<IReadOnlyList<BrokerId>>? assignments, bool validateOnly)
    {
        (KafkaError, string?) outcome = (KafkaError.UnknownServerError, null);
        await loop.Start(async () => outcome = await AddOnLoop(name, count, assignments, validateOnly));
        return outcome;
    }

    private async Task<(KafkaError Error, string? Message)> AddOnLoop(
        string name, int count, IReadOnlyList<IReadOnlyList<BrokerId>>? assignments, bool validateOnly)
    {
        try
        {
            if (!TopicName.IsValid(name) || await store.Topic(name) is not { } topic)
                return (KafkaError.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            if (await store.IsMarkedForDeletion(name))
                return (KafkaError.InvalidTopicException, "The topic is queued for deletion.");
            if (Refuse(name, topic, count, assignments) is { } refused)
                return refused;
            var existing = topic.Partitions.Count;
            var added = new SortedDictionary<int, IReadOnlyList<BrokerId>>();
            if (assignments is null)
            {
                var replicas = topic.Partitions[0].Replicas;
                added = AssignReplicas.RoundRobin(
                    ReplicaCandidates.In(metadata.Image), count - existing, replicas.Count, random, existing, replicas[0]);
            }
            for (var index = 0; index < assignments?.Count; index++)
                added.Add(existing + index, assignments[index]);
            if (validateOnly)
                return (KafkaError.None, null);
            var error = await store.AddPartitions(name, added);
            if (error == KafkaError.None)
                promised.Add(name, count, existing);
            return (error, null);
        }
        catch (ZooKeeperFailed failed)
        {
            return (KafkaError.UnknownServerError, failed.Message);
        }
        catch (DiskError error)
        {
            return (KafkaError.KafkaStorageError, error.Message);
        }
    }

    private (KafkaError Error, string? Message)? Refuse(
        string name, TopicAssignment topic, int count, IReadOnlyList<IReadOnlyList<BrokerId>>? assignments)
    {
        if (topic.Partitions.Values.Any(partition => partition.IsBeingReassigned))
            return (KafkaError.ReassignmentInProgress, $"A partition reassignment is in progress for the topic '{name}'.");
        var existing = topic.Partitions.Count;
        if (count < existing)
            return (
                KafkaError.InvalidPartitions, $"Topic currently has {existing} partitions, which is higher than the requested {count}.");
        if (count == existing)
            return (KafkaError.InvalidPartitions, $"Topic already has {existing} partitions.");
        if (count - existing > Limits.PartitionsCreated)
            return (KafkaError.PolicyViolation, $"{Limits.PartitionsCreated} partitions are added at once at most.");
        if (promised.Problem(count - existing, metadata.Image) is { } tooMany)
            return (KafkaError.PolicyViolation, tooMany);
        var replicationFactor = topic.Partitions[0].Replicas.Count;
        if (assignments is not null)
            return RefuseAssignments(existing, count, replicationFactor, assignments);
        var brokerCount = metadata.Image.Brokers.Count();
        return replicationFactor > brokerCount
            ? (
                KafkaError.InvalidReplicationFactor,
                $"Replication factor: {replicationFactor} larger than available brokers: {brokerCount}.")
            : null;
    }

    private (KafkaError Error, string? Message)? RefuseAssignments(
        int existing, int count, int replicationFactor, IReadOnlyList<IReadOnlyList<BrokerId>> assignments)
    {
        if (assignments.Count != count - existing)
            return Misassigned($"Increasing the number of partitions by {count - existing} but {assignments.Count} assignments provided.");
        var unknown = assignments.SelectMany(replicas => replicas).Distinct().Where(broker => !metadata.Image.IsLive(broker)).ToArray();
        if (unknown.Length > 0)
            return Misassigned($"Unknown broker(s) in replica assignment: {string.Join(", ", unknown)}.");
        for (var index = 0; index < assignments.Count; index++)
        {
            var replicas = assignments[index];
            if (replicas.Count == 0)
                return Misassigned($"Cannot have replication factor of 0 for partition id {existing + index}.");
            if (replicas.Distinct().Count() != replicas.Count)
                return Misassigned($"Duplicate brokers not allowed in replica assignment: {string.Join(", ", replicas)} for partition id "
                    + $"{existing + index}.");
        }
        var uneven = Enumerable.Range(0, assignments.Count).Where(index => assignments[index].Count != replicationFactor).ToArray();
        return uneven.Length == 0 ? null : Misassigned(
            $"Inconsistent replication factor between partitions, partition 0 has {replicationFactor} while partitions "
            + $"[{string.Join(", ", uneven.Select(index => existing + index))}] " +
            $"have replication factors [{string.Join(", ", uneven.Select(index => assignments[index].Count))}], respectively.");
    }

    private static (KafkaError Error, string? Message) Misassigned(string message) => (KafkaError.InvalidReplicaAssignment, message);
}
