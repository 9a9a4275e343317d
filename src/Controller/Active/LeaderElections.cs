using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Elections that are asked for, by ElectLeaders and by <c>/admin/preferred_replica_election</c>, and those that bring leaders back to the
/// preferred replicas now and then: the ReplicaLeaderElection and AutoPreferredReplicaLeaderElection events. KIP-460. Part of
/// <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class LeaderElections(
    ControllerContext context, ControllerStore store, PartitionStateMachine partitions, ControllerOptions options)
{
    /// <summary>Has each partition elect a leader that needs it.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, ElectionResult>> Elect(
        IReadOnlyCollection<TopicPartition> asked, ElectionType type)
    {
        var results = new Dictionary<TopicPartition, ElectionResult>(asked.Count);
        var electable = new List<TopicPartition>();
        foreach (var partition in asked)
        {
            if (context.AssignmentOf(partition) is not { } assignment)
                results[partition] = ElectionResult.Failed(KafkaError.UnknownTopicOrPartition, "The partition does not exist.");
            else if (context.ToBeDeleted.Contains(partition.Topic))
                results[partition] = ElectionResult.Failed(KafkaError.InvalidTopicException, "The topic is being deleted");
            else if (IsNeeded(assignment, context.LeadershipOf(partition), type))
                electable.Add(partition);
            else
                results[partition] = ElectionResult.Failed(
                    KafkaError.ElectionNotNeeded, "Leader election not needed for topic partition.");
        }
        var occasion = type == ElectionType.Preferred ? ElectionOccasion.PreferredReplica : ElectionOccasion.OfflineLeaderOrUnclean;
        var elected = await partitions.ToOnline(electable, occasion);
        foreach (var partition in electable)
            results[partition] = elected.TryGetValue(partition, out var leadership)
                ? new ElectionResult(leadership.Leader)
                : NotElected(partition, type);
        return results;
    }

    /// <summary>Does what a tool has asked for in <c>/admin/preferred_replica_election</c>, and takes the request away.</summary>
    public async Task OnPreferredElection()
    {
        if (await store.WatchPreferredElection() is not { } asked)
            return;
        options.Log.Info("controller", $"preferred leaders asked for partitions={asked.Count}");
        try
        {
            foreach (var (partition, result) in await Elect(asked, ElectionType.Preferred))
            {
                if (result.Error is not (KafkaError.None or KafkaError.ElectionNotNeeded))
                    options.Log.Warn("controller", $"partition={partition} preferred leader not elected: {result.Message}");
            }
        }
        finally
        {
            await store.DeletePreferredElection();
        }
    }

    /// <summary>
    /// Elects the preferred leaders of those brokers that lead too few of the partitions that prefer them. Not while anything is being
    /// reassigned.
    /// </summary>
    public async Task Balance()
    {
        if (options.LeaderBalance is not { } balance)
            return;
        var preferring = context.Partitions
            .Where(partition => !context.ToBeDeleted.Contains(partition.Topic) && context.ReplicaIdsOf(partition) is not [])
            .GroupBy(partition => context.ReplicaIdsOf(partition)[0]).OrderBy(group => group.Key.Value).ToArray();
        foreach (var ofBroker in preferring)
        {
            var ledByOthers = ofBroker.Where(
                partition => context.LeadershipOf(partition) is { } leadership && leadership.Leader != ofBroker.Key).ToArray();
            if (ledByOthers.Length * 100L <= (long)balance.PerBrokerPercentage * ofBroker.Count())
                continue;
            var electable = context.PartitionsBeingReassigned is [] ? ledByOthers.Where(CanBeLedByPreferred).ToArray() : [];
            if (electable.Length == 0)
                continue;
            options.Log.Info("controller", $"broker={ofBroker.Key} takes back the lead of partitions={electable.Length}");
            await partitions.ToOnline(electable, ElectionOccasion.PreferredReplica);
        }
    }

    private bool IsNeeded(ReplicaAssignment assignment, LeaderAndIsr? leadership, ElectionType type) => type switch
    {
        ElectionType.Preferred => leadership is null || leadership.Leader != assignment.Replicas[0],
        _ => leadership is null || !context.Brokers.IsLive(leadership.Leader),
    };

    private bool CanBeLedByPreferred(TopicPartition partition)
        => LeaderChoice.OnPreferred(
            context.ReplicaIdsOf(partition), context.LeadershipOf(partition)!,
            broker => context.Brokers.IsOnline(new Replica(partition, broker))) is not null;

    private static ElectionResult NotElected(TopicPartition partition, ElectionType type)
    {
        var (error, strategy) = type == ElectionType.Preferred
            ? (KafkaError.PreferredLeaderNotAvailable, "PreferredReplicaPartitionLeaderElectionStrategy")
            : (KafkaError.EligibleLeadersNotAvailable, "OfflinePartitionLeaderElectionStrategy(true)");
        return ElectionResult.Failed(error, $"Failed to elect leader for partition {partition} under strategy {strategy}");
    }
}
