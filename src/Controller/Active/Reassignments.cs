using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Which partitions are reassigned: asked for by AlterPartitionReassignments or by <c>/admin/reassign_partitions</c>, and gone on with when
/// a controller takes over, a broker comes, or an ISR has changed. Of two requests the later counts. KIP-455. Part of
/// <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class Reassignments(ControllerContext context, ControllerStore store, ReassignmentFlow flow, ILog log)
{
    private static readonly ReplicaAssignment Nowhere = ReplicaAssignment.Of([]);

    private long handledCzxid = -1;

    /// <summary>Begins reassignments; null in place of the replicas cancels the one in progress.</summary>
    /// <param name="asked">The replicas that each partition is to have.</param>
    /// <param name="mayChangeReplicationFactor">Whether these may be more or fewer than the partition has.</param>
    public async Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>> Alter(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> asked, bool mayChangeReplicationFactor)
    {
        var results = new Dictionary<TopicPartition, ReassignmentResult>(asked.Count);
        var next = new Dictionary<TopicPartition, ReplicaAssignment>();
        foreach (var (partition, target) in asked)
        {
            var current = context.AssignmentOf(partition) ?? Nowhere;
            if (target is not null && ReassignmentCheck.Problem(current, target, context.Brokers.Ids) is { } problem)
                results[partition] = new ReassignmentResult(KafkaError.InvalidReplicaAssignment, problem);
            else if (!mayChangeReplicationFactor && target is not null && current != Nowhere && target.Count != current.Target.Count)
                results[partition] = new ReassignmentResult(
                    KafkaError.InvalidReplicationFactor,
                    $"The replication factor is changed from {current.Target.Count} to {target.Count}");
            else if (ReassignmentCheck.Next(current, target) is { } assignment)
                next[partition] = assignment;
            else
                results[partition] = new ReassignmentResult(
                    KafkaError.NoReassignmentInProgress, "No partition reassignment is in progress.");
        }
        if (next.Count > 0)
            await store.RemoveFromReassignment((partition, _) => next.ContainsKey(partition));
        foreach (var (partition, assignment) in next)
            results[partition] = await Begin(partition, assignment);
        return results;
    }

    /// <summary>Those of the partitions that are being reassigned; of all when none are named.</summary>
    public IReadOnlyDictionary<TopicPartition, ReplicaAssignment> List(IEnumerable<TopicPartition>? named)
    {
        var listed = new Dictionary<TopicPartition, ReplicaAssignment>();
        foreach (var partition in named ?? context.PartitionsBeingReassigned)
        {
            if (context.AssignmentOf(partition) is { IsBeingReassigned: true } assignment)
                listed[partition] = assignment;
        }
        return listed;
    }

    /// <summary>Goes on with what the controller before left, when this one takes over.</summary>
    public async Task Resume()
    {
        var begun = await OnZnode();
        await Resume(context.PartitionsBeingReassigned.Except(begun));
    }

    /// <summary>Brokers have come: partitions on their way to them go on.</summary>
    public Task ResumeTo(IReadOnlyCollection<BrokerId> brokers)
        => Resume(context.PartitionsBeingReassigned.Where(partition => context.AssignmentOf(partition)!.Target.Any(brokers.Contains)));

    /// <summary>
    /// A tool has written <c>/admin/reassign_partitions</c>, or it has changed or gone. What was written is handled once, for the list is
    /// written again whenever one of it is done; what cannot be done is taken out of it. The partitions begun.
    /// </summary>
    public async Task<IReadOnlyCollection<TopicPartition>> OnZnode()
    {
        if (await store.WatchReassignment() is not var (targets, czxid) || czxid == handledCzxid)
            return [];
        handledCzxid = czxid;
        var begun = new HashSet<TopicPartition>();
        foreach (var (partition, target) in targets)
        {
            var current = context.AssignmentOf(partition) ?? Nowhere;
            // Kafka takes such lists, and deletes every replica of a partition that is to have none.
            var isList = target.Count > 0 && target.Distinct().Count() == target.Count;
            var result = isList
                ? await Begin(partition, current.ReassignTo(target))
                : new ReassignmentResult(KafkaError.InvalidReplicaAssignment, "The replica list is empty or names a broker twice.");
            if (result.Error == KafkaError.None)
                begun.Add(partition);
            else
                log.Warn("controller", $"partition={partition} not reassigned, as a tool asks by ZooKeeper: {result.Message}");
        }
        // What was done at once is out of the list already, and the list perhaps gone.
        await store.RemoveFromReassignment((partition, _) => !begun.Contains(partition));
        return begun;
    }

    /// <summary>The ISR has changed, perhaps by what the partition's reassignment waits for.</summary>
    public async Task OnIsrChanged(TopicPartition partition)
    {
        if (!context.IsBeingReassigned(partition))
            return;
        var assignment = context.AssignmentOf(partition)!;
        if (await flow.IsInSync(partition, assignment))
            await flow.Run(partition, assignment);
    }

    private async Task Resume(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions.ToArray())
        {
            if (context.AssignmentOf(partition) is { } assignment)
                await flow.Run(partition, assignment);
        }
    }

    private async Task<ReassignmentResult> Begin(TopicPartition partition, ReplicaAssignment assignment)
    {
        if (context.AssignmentOf(partition) is null or { Replicas: [] } || context.ToBeDeleted.Contains(partition.Topic))
            return new ReassignmentResult(KafkaError.UnknownTopicOrPartition, "The partition does not exist.");
        if (await flow.WouldLoseAllInSync(partition, assignment))
            return new ReassignmentResult(
                KafkaError.InvalidReplicaAssignment,
                "Unable to revert partition assignment because it would require an unclean leader election.");
        await flow.Run(partition, assignment);
        return default;
    }
}
