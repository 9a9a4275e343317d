using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// The states of replicas and the ways between them: New ← NonExistent; Online ← New, Online, Offline, DeletionIneligible; Offline ← New,
/// Online, Offline, DeletionIneligible; DeletionStarted ← Offline; DeletionSuccessful ← DeletionStarted; DeletionIneligible ← Offline,
/// DeletionStarted; NonExistent ← DeletionSuccessful. Runs inside an event, on the coordination loop.
/// </summary>
internal sealed class ReplicaStates(
    ControllerContext context, ControllerStore store, ILog log, ControllerEpoch epoch, RequestBatch batch, BrokerChannels channels)
{
    /// <summary>Takes over what the last controller left, and tells each replica's broker what it leads and follows.</summary>
    public async Task Start()
    {
        var online = new List<Replica>();
        var offline = new List<Replica>();
        foreach (var replica in context.Replicas)
        {
            var isOnline = context.IsOnline(replica.Broker, replica.Partition);
            // An offline replica cannot be deleted until its broker is back.
            context.SetState(replica, isOnline ? ReplicaState.Online : ReplicaState.DeletionIneligible);
            (isOnline ? online : offline).Add(replica);
        }
        ToOnline(online);
        await ToOffline(offline);
    }

    public void ToNew(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.New, ReplicaState.NonExistent))
        {
            context.SetState(replica, ReplicaState.New);
            // A new partition has no leadership yet; being told comes with it.
            batch.AddLeaderAndIsr([replica.Broker], replica.Partition, isNew: true);
        }
        channels.Send(batch.Take());
    }

    public void ToOnline(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(
            replicas, ReplicaState.Online, ReplicaState.New, ReplicaState.Online, ReplicaState.Offline, ReplicaState.DeletionIneligible))
        {
            if (context.StateOf(replica) == ReplicaState.New)
                AppendToAssignment(replica);
            else
                batch.AddLeaderAndIsr([replica.Broker], replica.Partition, isNew: false);
            context.SetState(replica, ReplicaState.Online);
        }
        channels.Send(batch.Take());
    }

    /// <summary>Stops the replicas and takes them out of the ISRs they are in; who remains is told.</summary>
    public async Task ToOffline(IEnumerable<Replica> replicas)
    {
        var valid = Valid(
            replicas, ReplicaState.Offline, ReplicaState.New, ReplicaState.Online, ReplicaState.Offline, ReplicaState.DeletionIneligible);
        foreach (var replica in valid)
            batch.AddStopReplica(replica.Broker, replica.Partition, delete: false);
        // One replica of a partition after the other, as each removal stands on the one before.
        foreach (var ofBroker in valid.GroupBy(replica => replica.Broker))
            await RemoveFromIsrs(
                ofBroker.Key,
                [.. ofBroker.Where(replica => context.LeadershipOf(replica.Partition) is not null).Select(replica => replica.Partition)]);
        foreach (var replica in valid)
        {
            if (context.LeadershipOf(replica.Partition) is null)
                batch.AddUpdateMetadata(context.LiveBrokerIds, [replica.Partition]);
            context.SetState(replica, ReplicaState.Offline);
        }
        channels.Send(batch.Take());
    }

    public void ToDeletionStarted(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.DeletionStarted, ReplicaState.Offline))
        {
            context.SetState(replica, ReplicaState.DeletionStarted);
            batch.AddStopReplica(replica.Broker, replica.Partition, delete: true);
        }
        channels.Send(batch.Take());
    }

    public void ToDeletionSuccessful(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.DeletionSuccessful, ReplicaState.DeletionStarted))
            context.SetState(replica, ReplicaState.DeletionSuccessful);
    }

    public void ToDeletionIneligible(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.DeletionIneligible, ReplicaState.Offline, ReplicaState.DeletionStarted))
            context.SetState(replica, ReplicaState.DeletionIneligible);
    }

    /// <summary>The last state: the replica leaves the assignment in memory.</summary>
    public void ToNonExistent(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.NonExistent, ReplicaState.DeletionSuccessful))
        {
            if (context.AssignmentOf(replica.Partition) is { } assignment)
                context.SetAssignment(
                    replica.Partition, assignment with { Replicas = [.. assignment.Replicas.Where(broker => broker != replica.Broker)] });
            context.SetState(replica, ReplicaState.NonExistent);
        }
    }

    private async Task RemoveFromIsrs(BrokerId gone, IReadOnlyList<TopicPartition> partitions)
    {
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var current = await store.ReadStates(remaining);
            var changed = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>();
            foreach (var (partition, state) in current)
            {
                if (state.ControllerEpoch > epoch)
                    continue;
                if (LeaderChoice.WithoutReplica(state, gone, epoch) is { } without)
                    changed.Add(new(partition, without));
                else
                    TellTheRest(partition, gone, state);
            }
            var writes = await store.UpdateStates(changed);
            var again = new List<TopicPartition>();
            for (var index = 0; index < changed.Count; index++)
            {
                var (partition, state) = (changed[index].Key, changed[index].Value);
                if (writes[index].Result == ZkResult.BadVersion)
                {
                    again.Add(partition);
                    continue;
                }
                if (writes[index].Result != ZkResult.Ok)
                    continue;
                log.Info("controller", $"partition={partition} broker={gone} offline "
                    + $"leaderEpoch={current[partition].LeaderEpoch}→{state.LeaderEpoch} leader={state.Leader} "
                    + $"isr=[{string.Join(',', state.Isr)}]");
                TellTheRest(partition, gone, writes[index].Leadership);
            }
            remaining = again;
        }
    }

    private void TellTheRest(TopicPartition partition, BrokerId gone, LeaderAndIsr leadership)
    {
        context.SetLeadership(partition, leadership);
        if (!context.IsToBeDeleted(partition.Topic))
            batch.AddLeaderAndIsr(context.ReplicaIdsOf(partition).Where(broker => broker != gone), partition, isNew: false);
    }

    private void AppendToAssignment(Replica replica)
    {
        if (context.AssignmentOf(replica.Partition) is { } assignment && !assignment.Replicas.Contains(replica.Broker))
            context.SetAssignment(replica.Partition, assignment with { Replicas = [.. assignment.Replicas, replica.Broker] });
    }

    private List<Replica> Valid(IEnumerable<Replica> replicas, ReplicaState target, params ReadOnlySpan<ReplicaState> from)
    {
        var valid = new List<Replica>();
        foreach (var replica in replicas)
        {
            var state = context.StateOf(replica);
            if (from.Contains(state))
                valid.Add(replica);
            else
                log.Error("controller", $"partition={replica.Partition} broker={replica.Broker} cannot go from {state} to {target}");
        }
        return valid;
    }
}
