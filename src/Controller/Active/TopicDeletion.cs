using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Deletes topics that are marked. Partitions go Offline and NonExistent and brokers forget them; each replica is stopped and deleted; when
/// all have answered, the topic's znodes go, the mark last. A replica whose broker is away, or could not delete, makes its topic ineligible
/// until that broker is back. The marks alone say what is to be done, so the next controller goes on where this one ended. Runs inside an
/// event, on the coordination loop.
/// </summary>
internal sealed class TopicDeletion(
    ControllerContext context,
    ControllerStore store,
    ControllerOptions options,
    PartitionStates partitions,
    ReplicaStates replicas,
    RequestBatch batch,
    BrokerChannels channels)
{
    /// <summary>What is marked when a controller begins; a topic with a replica that is offline waits.</summary>
    public async Task Start(IReadOnlyList<string> marked)
    {
        await Queue(marked);
        foreach (var topic in context.TopicsToBeDeleted)
        {
            if (context.ReplicasOf(topic).Any(replica => !context.IsOnline(replica.Broker, replica.Partition)))
                context.TopicsIneligibleForDeletion.Add(topic);
        }
    }

    /// <summary>Takes newly marked topics up.</summary>
    public async Task Enqueue(IReadOnlyList<string> marked)
    {
        await Queue(marked);
        await Resume();
    }

    /// <summary>Tries topics again that had to wait: a broker of theirs is back.</summary>
    public async Task Retry(IEnumerable<string> topics)
    {
        context.TopicsIneligibleForDeletion.ExceptWith(topics);
        await Resume();
    }

    /// <summary>These replicas were deleted by their broker.</summary>
    public async Task Succeeded(IReadOnlyList<Replica> deleted)
    {
        replicas.ToDeletionSuccessful(deleted);
        await Resume();
    }

    /// <summary>These replicas cannot be deleted now: their broker is away or said no.</summary>
    public async Task Failed(IReadOnlyList<Replica> failed)
    {
        if (failed.Count == 0)
            return;
        replicas.ToDeletionIneligible(
            failed.Where(replica => context.StateOf(replica) is ReplicaState.DeletionStarted or ReplicaState.Offline));
        foreach (var topic in failed.Select(replica => replica.Partition.Topic).Distinct(StringComparer.Ordinal))
        {
            context.TopicsIneligibleForDeletion.Add(topic);
            options.Log.Warn("controller", $"topic={topic} deletion waits for a replica");
        }
        await Resume();
    }

    /// <summary>Takes each topic one step on: finished, tried again, or begun.</summary>
    public async Task Resume()
    {
        foreach (var topic in context.TopicsToBeDeleted.ToArray())
        {
            var states = context.ReplicasOf(topic).Select(context.StateOf).ToArray();
            if (Array.TrueForAll(states, state => state == ReplicaState.DeletionSuccessful))
            {
                await Complete(topic);
                continue;
            }
            if (states.Contains(ReplicaState.DeletionStarted) || context.TopicsIneligibleForDeletion.Contains(topic))
                continue;
            if (states.Contains(ReplicaState.DeletionIneligible))
                await replicas.ToOffline(
                    [.. context.ReplicasOf(topic).Where(replica => context.StateOf(replica) == ReplicaState.DeletionIneligible)]);
            await Begin(topic);
        }
    }

    private async Task Queue(IReadOnlyList<string> marked)
    {
        foreach (var topic in marked)
        {
            if (!options.DeleteTopicEnable || !context.HasTopic(topic))
            {
                options.Log.Info("controller", $"topic={topic} mark for deletion removed: "
                    + $"{(options.DeleteTopicEnable ? "no such topic" : "delete.topic.enable=false")}");
                await store.DeleteMark(topic);
            }
            else if (context.TopicsToBeDeleted.Add(topic))
            {
                options.Log.Info("controller", $"topic={topic} queued for deletion");
            }
        }
    }

    private async Task Begin(string topic)
    {
        var all = context.PartitionsOf(topic);
        if (context.TopicsWithDeletionStarted.Add(topic))
        {
            partitions.ToOffline(all);
            partitions.ToNonExistent(all);
        }
        batch.AddUpdateMetadata(context.LiveBrokerIds, all);
        channels.Send(batch.Take());

        var notYetDeleted = context.ReplicasOf(topic).Where(
            replica => context.StateOf(replica) != ReplicaState.DeletionSuccessful).ToArray();
        var live = notYetDeleted.Where(replica => context.IsOnline(replica.Broker, replica.Partition)).ToArray();
        var dead = notYetDeleted.Except(live).ToArray();
        replicas.ToDeletionIneligible(
            dead.Where(replica => context.StateOf(replica) is ReplicaState.Offline or ReplicaState.DeletionStarted));
        if (dead.Length > 0)
            context.TopicsIneligibleForDeletion.Add(topic);
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
