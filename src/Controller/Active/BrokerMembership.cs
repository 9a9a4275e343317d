using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Brokers that come and go, and those that have other listeners: the BrokerChange and BrokerModifications events, onBrokerStartup,
/// onBrokerFailure and onBrokerUpdate of Kafka. Part of <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class BrokerMembership(
    ControllerContext context, ControllerStore store, BrokerChannels channels, RequestBatch batch, PartitionStateMachine partitions,
    ReplicaStateMachine replicas, Reassignments reassignments, TopicDeletion topicDeletion, OfflineReplicas offlineReplicas,
    ZnodeWatchers watchers, Action<string, Func<Task>> enqueue, ILog log)
{
    /// <summary>Reads who is live when the controller takes over, and opens the channels; nothing is sent yet.</summary>
    public async Task Load()
    {
        foreach (var broker in await store.WatchBrokers())
        {
            context.Brokers.Add(broker);
            channels.Add(broker);
            WatchChanges(broker.Id);
        }
    }

    public async Task OnBrokerChange()
    {
        var change = BrokerChange.Between(context.Brokers.ById, await store.WatchBrokers());
        if (change.IsNone)
            return;
        log.Info("controller", $"brokers {change}");
        // A broker that bounced has lost what it was sent: for the controller it fails and starts.
        BrokerId[] failed = [.. change.Dead, .. change.Bounced.Select(broker => broker.Id)];
        foreach (var id in failed)
        {
            channels.Remove(id);
            context.Brokers.Remove(id);
            watchers.ForgetNode(ZnodePaths.Broker(id));
        }
        foreach (var broker in change.New.Concat(change.Bounced))
        {
            channels.Add(broker);
            WatchChanges(broker.Id);
        }
        if (failed.Length > 0)
            await offlineReplicas.Handle([.. failed.SelectMany(context.ReplicasOn)]);
        foreach (var broker in change.New.Concat(change.Bounced))
            context.Brokers.Add(broker);
        OnChanged(change.Changed);
        await OnStartup([.. change.New.Concat(change.Bounced).Select(broker => broker.Id)]);
    }

    private void WatchChanges(BrokerId broker) => watchers.OnNode(ZnodePaths.Broker(broker), zkEvent =>
    {
        // One that goes, or is registered anew, is a child of the parent that does.
        if (zkEvent.Kind == ZkEventKind.DataChanged)
            enqueue("BrokerModifications", OnBrokerChange);
    });

    private void OnChanged(IReadOnlyList<LiveBroker> changed)
    {
        foreach (var broker in changed)
        {
            context.Brokers.Replace(broker);
            channels.Move(broker);
        }
        if (changed.Count == 0)
            return;
        batch.AddUpdateMetadata(context.Brokers.Ids, []);
        batch.Send();
    }

    private async Task OnStartup(IReadOnlyList<BrokerId> started)
    {
        if (started.Count == 0)
            return;
        batch.AddUpdateMetadata(context.Brokers.Ids.Except(started), []);
        batch.Send();
        batch.AddUpdateMetadata(started, context.PartitionsWithLeadership);
        batch.Send();
        var theirs = started.SelectMany(context.ReplicasOn).ToArray();
        replicas.ToOnline(
            theirs.Where(replica => context.StateOf(replica) is not (ReplicaState.DeletionStarted or ReplicaState.DeletionSuccessful)));
        await partitions.BringOnline();
        await reassignments.ResumeTo(started);
        var waiting = theirs.Select(replica => replica.Partition.Topic).Where(context.ToBeDeleted.Contains)
            .Distinct(StringComparer.Ordinal).ToArray();
        if (waiting.Length > 0)
            await topicDeletion.Retry(waiting);
    }
}
