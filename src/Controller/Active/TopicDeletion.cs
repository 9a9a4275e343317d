using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Deletes topics that are marked: the TopicDeletion event; Kafka's TopicDeletionManager. A topic's partitions become offline and
/// non-existent, and brokers drop them from their metadata; each replica is stopped and deleted; when all brokers have answered, the
/// topic's znodes are deleted, its mark last. A replica whose broker is gone, or could not delete it, makes its topic ineligible until that
/// broker is back. The marks alone say what is to be done, so the next controller goes on where this one ended. Part of <see
/// cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class TopicDeletion(
    ControllerContext context, ControllerStore store, ControllerOptions options, PartitionStateMachine partitions,
    ReplicaStateMachine replicas, RequestBatch batch)
{
    /// <summary>
    /// Reads what is marked when the controller takes over; a topic waits that has a replica that is offline, or is being reassigned.
    /// </summary>
    public async Task Load()
    {
        await Queue(await store.WatchTopicsToDelete());
        foreach (var topic in context.ToBeDeleted.Names)
        {
            if (context.IsBeingReassigned(topic) || context.ReplicasOf(topic).Any(replica => !context.Brokers.IsOnline(replica)))
                context.ToBeDeleted.SetIneligible(topic);
        }
    }

    public async Task OnTopicDeletion()
    {
        await Queue(await store.WatchTopicsToDelete());
        await Resume();
    }

    /// <summary>
    /// Goes on with topics that had to wait, as a broker of theirs is back or a partition has its new replicas; unless others have not.
    /// </summary>
    public async Task Retry(IEnumerable<string> topics)
    {
        context.ToBeDeleted.SetEligible(topics.Where(topic => !context.IsBeingReassigned(topic)));
        await Resume();
    }

    /// <summary>Their broker has deleted these replicas.</summary>
    public async Task Succeeded(IReadOnlyList<Replica> deleted)
    {
        replicas.ToDeletionSuccessful(deleted);
        await Resume();
    }

    /// <summary>These replicas cannot be deleted now: their broker is gone, or has refused.</summary>
    public async Task Failed(IReadOnlyList<Replica> failed)
    {
        if (failed.Count == 0)
            return;
        replicas.ToDeletionIneligible(
            failed.Where(replica => context.StateOf(replica) is ReplicaState.DeletionStarted or ReplicaState.Offline));
        foreach (var topic in failed.Select(replica => replica.Partition.Topic).Distinct(StringComparer.Ordinal))
        {
            context.ToBeDeleted.SetIneligible(topic);
            options.Log.Warn("controller", $"topic={topic} deletion waits for a replica");
        }
        await Resume();
    }

    /// <summary>Takes each topic one step on: its deletion is completed, tried again, or begun.</summary>
    public async Task Resume()
    {
        Invariant.Holds(options.Loop.IsCurrent);
        foreach (var topic in context.ToBeDeleted.Names)
        {
            var states = context.ReplicasOf(topic).Select(context.StateOf).ToArray();
            if (Array.TrueForAll(states, state => state == ReplicaState.DeletionSuccessful))
            {
                await Complete(topic);
                continue;
            }
            if (states.Contains(ReplicaState.DeletionStarted) || context.ToBeDeleted.IsIneligible(topic))
                continue;
            if (states.Contains(ReplicaState.DeletionIneligible))
                await replicas.ToOffline(
                    [.. context.ReplicasOf(topic).Where(replica => context.StateOf(replica) == ReplicaState.DeletionIneligible)]);
            await Begin(topic);
        }
    }

    private async Task Queue(IReadOnlyList<string> marked)
    {
        Invariant.Holds(options.Loop.IsCurrent);
        foreach (var topic in marked)
        {
            if (!options.DeleteTopicEnable || !context.HasTopic(topic))
            {
                options.Log.Info("controller", $"topic={topic} mark for deletion removed: "
                    + $"{(options.DeleteTopicEnable ? "no such topic" : "delete.topic.enable=false")}");
                await store.DeleteMark(topic);
            }
            else if (context.ToBeDeleted.Add(topic))
            {
                options.Log.Info("controller", $"topic={topic} queued for deletion");
                if (context.IsBeingReassigned(topic))
                    context.ToBeDeleted.SetIneligible(topic);
            }
        }
    }

    private async Task Begin(string topic)
    {
        var all = context.PartitionsOf(topic);
        if (context.ToBeDeleted.Begin(topic))
        {
            partitions.ToOffline(all);
            partitions.ToNonExistent(all);
        }
        batch.AddUpdateMetadata(context.Brokers.Ids, all);
        batch.Send();

        var notYetDeleted = context.ReplicasOf(topic).Where(
            replica => context.StateOf(replica) != ReplicaState.DeletionSuccessful).ToArray();
        var live = notYetDeleted.Where(replica => context.Brokers.IsOnline(replica)).ToArray();
        var dead = notYetDeleted.Except(live).ToArray();
        replicas.ToDeletionIneligible(
            dead.Where(replica => context.StateOf(replica) is ReplicaState.Offline or ReplicaState.DeletionStarted));
        if (dead.Length > 0)
            context.ToBeDeleted.SetIneligible(topic);
        await replicas.ToOffline(live);
        replicas.ToDeletionStarted(live);
    }

    private async Task Complete(string topic)
    {
        options.Watchers.ForgetNode(ZnodePaths.Topic(topic));
        replicas.ToNonExistent(context.ReplicasOf(topic));
        await store.DeleteTopic(topic);
        context.RemoveTopic(topic);
        options.Log.Info("controller", $"topic={topic} deleted");
    }
}
