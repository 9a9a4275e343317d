using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Brokers that come and go: the BrokerChange event, Kafka's onBrokerStartup and onBrokerFailure. Part of <see cref="ActiveController"/>;
/// runs inside its events, on the coordination loop.
/// </summary>
internal sealed class BrokerMembership(
    ControllerContext context, ControllerStore store, BrokerChannels channels, RequestBatch batch, PartitionStateMachine partitions,
    ReplicaStateMachine replicas, Reassignments reassignments, TopicDeletion topicDeletion, OfflineReplicas offlineReplicas, ILog log)
{
    /// <summary>Reads who is live when the controller takes over, and opens the channels; nothing is sent yet.</summary>
    public async Task Load()
    {
        foreach (var broker in await store.WatchBrokers())
        {
            context.Brokers.Add(broker);
            channels.Add(broker);
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
        }
        foreach (var broker in change.New.Concat(change.Bounced))
            channels.Add(broker);
        if (failed.Length > 0)
            await offlineReplicas.Handle([.. failed.SelectMany(context.ReplicasOn)]);
        foreach (var broker in change.New.Concat(change.Bounced))
            context.Brokers.Add(broker);
        await OnStartup([.. change.New.Concat(change.Bounced).Select(broker => broker.Id)]);
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
