using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// Takes replicas from state to state, as <see cref="StateTransitions"/> allows, and sends their brokers what follows from it; Kafka's
/// ReplicaStateMachine. Runs inside an event of the active controller, on the coordination loop.
/// </summary>
internal sealed class ReplicaStateMachine(ControllerContext context, IsrRemoval isrRemoval, RequestBatch batch, ILog log)
{
    /// <summary>Takes over what the last controller left, and sends each replica's broker what it leads and follows.</summary>
    public async Task Start()
    {
        var online = new List<Replica>();
        var offline = new List<Replica>();
        foreach (var replica in context.Replicas)
        {
            var isOnline = context.Brokers.IsOnline(replica);
            // An offline replica cannot be deleted until its broker is back.
            context.SetState(replica, isOnline ? ReplicaState.Online : ReplicaState.DeletionIneligible);
            (isOnline ? online : offline).Add(replica);
        }
        ToOnline(online);
        await ToOffline(offline);
        await DeleteUnassigned();
    }

    public void ToNew(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.New))
        {
            context.SetState(replica, ReplicaState.New);
            // The replica of a new partition is sent nothing yet: the partition has no leadership.
            batch.AddLeaderAndIsr([replica.Broker], replica.Partition, isNew: true);
        }
        batch.Send();
    }

    public void ToOnline(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.Online))
        {
            if (context.StateOf(replica) == ReplicaState.New)
                AppendToAssignment(replica);
            else
                batch.AddLeaderAndIsr([replica.Broker], replica.Partition, isNew: false);
            context.SetState(replica, ReplicaState.Online);
        }
        batch.Send();
    }

    /// <summary>
    /// Stops the replicas and takes them out of the ISRs they are in; the replicas that remain are sent the new leadership.
    /// </summary>
    public async Task ToOffline(IEnumerable<Replica> replicas)
    {
        var valid = Valid(replicas, ReplicaState.Offline);
        foreach (var replica in valid)
            batch.AddStopReplica(replica, delete: false);
        // One replica of a partition after the other, as each removal stands on the one before.
        foreach (var ofBroker in valid.GroupBy(replica => replica.Broker))
        {
            var led = ofBroker.Select(replica => replica.Partition).Where(partition => context.LeadershipOf(partition) is not null);
            foreach (var (partition, leadership) in await isrRemoval.Remove(ofBroker.Key, [.. led]))
            {
                context.SetLeadership(partition, leadership);
                if (!context.ToBeDeleted.Contains(partition.Topic))
                    batch.AddLeaderAndIsr(
                        context.ReplicaIdsOf(partition).Where(broker => broker != ofBroker.Key), partition, isNew: false);
            }
        }
        foreach (var replica in valid)
        {
            if (context.LeadershipOf(replica.Partition) is null)
                batch.AddUpdateMetadata(context.Brokers.Ids, [replica.Partition]);
            context.SetState(replica, ReplicaState.Offline);
        }
        batch.Send();
    }

    /// <summary>Has the brokers delete the replicas.</summary>
    public void ToDeletionStarted(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.DeletionStarted))
        {
            context.SetState(replica, ReplicaState.DeletionStarted);
            batch.AddStopReplica(replica, delete: true);
        }
        batch.Send();
    }

    public void ToDeletionSuccessful(IEnumerable<Replica> replicas) => Move(replicas, ReplicaState.DeletionSuccessful);

    public void ToDeletionIneligible(IEnumerable<Replica> replicas) => Move(replicas, ReplicaState.DeletionIneligible);

    /// <summary>The replicas leave the assignment in memory.</summary>
    public void ToNonExistent(IEnumerable<Replica> replicas)
    {
        foreach (var replica in Valid(replicas, ReplicaState.NonExistent))
        {
            if (context.AssignmentOf(replica.Partition) is { } assignment)
                context.SetAssignment(replica.Partition, assignment.Without(replica.Broker));
            context.SetState(replica, ReplicaState.NonExistent);
        }
    }

    /// <summary>The replicas leave the ISR, and their brokers delete them; as in Kafka nobody waits for that.</summary>
    public async Task Delete(IEnumerable<Replica> replicas)
    {
        var gone = replicas.Where(replica => context.StateOf(replica) != ReplicaState.NonExistent).ToArray();
        if (gone.Length == 0)
            return;
        await ToOffline(gone);
        ToDeletionStarted(gone);
        ToDeletionSuccessful(gone);
        ToNonExistent(gone);
    }

    /// <summary>
    /// A Kafka that takes a reassignment back, and ends before the replica that it added has left the ISR, leaves one in sync that is not
    /// assigned: the leader's changes to that ISR are refused from then on.
    /// </summary>
    private Task DeleteUnassigned()
    {
        var unassigned = context.UnassignedInSync.ToArray();
        foreach (var replica in unassigned)
        {
            log.Warn("controller", $"partition={replica.Partition} broker={replica.Broker} in the ISR but not assigned: it is deleted");
            context.SetState(replica, ReplicaState.Online);
        }
        return Delete(unassigned);
    }

    private void AppendToAssignment(Replica replica)
    {
        if (context.AssignmentOf(replica.Partition) is { } assignment && !assignment.Replicas.Contains(replica.Broker))
            context.SetAssignment(replica.Partition, assignment with { Replicas = [.. assignment.Replicas, replica.Broker] });
    }

    private void Move(IEnumerable<Replica> replicas, ReplicaState target)
    {
        foreach (var replica in Valid(replicas, target))
            context.SetState(replica, target);
    }

    private List<Replica> Valid(IEnumerable<Replica> replicas, ReplicaState target)
    {
        var valid = new List<Replica>();
        foreach (var replica in replicas)
        {
            var state = context.StateOf(replica);
            if (StateTransitions.IsValid(state, target))
                valid.Add(replica);
            else
                log.Error("controller", $"partition={replica.Partition} broker={replica.Broker} cannot go from {state} to {target}");
        }
        return valid;
    }
}
