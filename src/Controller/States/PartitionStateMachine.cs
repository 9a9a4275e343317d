using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// Takes partitions from state to state, as <see cref="StateTransitions"/> allows; Kafka's PartitionStateMachine. A partition gets online
/// when a leader is chosen for it and written to ZooKeeper; only then are brokers sent it. Runs inside an event of the active controller,
/// on the coordination loop.
/// </summary>
internal sealed class PartitionStateMachine(
    ControllerContext context, PartitionStateZnodes znodes, PartitionLeaderElection election, ControllerIdentity controller,
    RequestBatch batch, ILog log)
{
    /// <summary>
    /// Takes over what the last controller left: Online with a leader that is online, Offline with one that is not, New without leadership.
    /// Then brings online what is not.
    /// </summary>
    public async Task Start()
    {
        foreach (var partition in context.Partitions)
        {
            var state = context.LeadershipOf(partition) switch
            {
                null => PartitionState.New,
                { Leader: var leader } when context.Brokers.IsOnline(new Replica(partition, leader)) => PartitionState.Online,
                _ => PartitionState.Offline,
            };
            context.SetState(partition, state);
        }
        await BringOnline();
    }

    /// <summary>Tries to give a leader to every partition that has none.</summary>
    public Task BringOnline() => ToOnline(context.PartitionsWithoutLeader);

    /// <summary>Tries to give a leader to every partition of a topic that has none.</summary>
    public Task BringOnline(string topic) => ToOnline([.. context.PartitionsWithoutLeader.Where(partition => partition.Topic == topic)]);

    public void ToNew(IEnumerable<TopicPartition> partitions) => Move(partitions, PartitionState.New);

    public void ToOffline(IEnumerable<TopicPartition> partitions) => Move(partitions, PartitionState.Offline);

    public void ToNonExistent(IEnumerable<TopicPartition> partitions) => Move(partitions, PartitionState.NonExistent);

    /// <summary>
    /// New partitions get their first leader, others another one, as the occasion says. Where none is eligible the state stays. The
    /// leaderships of those that got one.
    /// </summary>
    public async Task<IReadOnlyDictionary<TopicPartition, LeaderAndIsr>> ToOnline(
        IReadOnlyList<TopicPartition> partitions, ElectionOccasion occasion = ElectionOccasion.OfflineLeader)
    {
        var led = new Dictionary<TopicPartition, LeaderAndIsr>();
        // Sorted before anything changes: a new partition that has got its first leader needs no other.
        var byIsNew = Valid(partitions, PartitionState.Online).ToLookup(partition => context.StateOf(partition) == PartitionState.New);
        foreach (var (partition, created) in await Create([.. byIsNew[true]]))
        {
            SetOnline(partition, created, created.Isr, isNew: true);
            led.Add(partition, created);
        }
        foreach (var leader in await election.Elect([.. byIsNew[false]], occasion))
        {
            SetOnline(leader.Partition, leader.After, leader.Recipients, isNew: false);
            LogElected(leader);
            led.Add(leader.Partition, leader.After);
        }
        batch.Send();
        return led;
    }

    /// <summary>
    /// The leader goes on under the next epoch, of which the caller tells the replicas; false when a later controller has decided on the
    /// partition, or it is gone.
    /// </summary>
    public async Task<bool> ToNextEpoch(TopicPartition partition)
    {
        if (await election.Elect([partition], ElectionOccasion.NextEpoch) is not [var leader])
            return false;
        context.SetLeadership(partition, leader.After);
        LogElected(leader);
        return true;
    }

    /// <summary>The first leaderships of new partitions, those that were made: leader epoch 0, every online replica in the ISR.</summary>
    private async Task<IReadOnlyList<KeyValuePair<TopicPartition, LeaderAndIsr>>> Create(IReadOnlyList<TopicPartition> partitions)
    {
        var states = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>(partitions.Count);
        foreach (var partition in partitions)
        {
            var choice = LeaderChoice.OnNew(
                context.ReplicaIdsOf(partition), broker => context.Brokers.IsOnline(new Replica(partition, broker)));
            if (choice is null)
                log.Warn("controller", $"partition={partition} has no live replica to lead it");
            else
                states.Add(new(partition, new LeaderAndIsr(
                    choice.Leader, new LeaderEpoch(0), choice.Isr, choice.RecoveryState, new PartitionEpoch(0), controller.Epoch)));
        }
        if (states.Count == 0)
            return [];
        var writes = await znodes.Create(states);
        var made = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>(states.Count);
        for (var index = 0; index < states.Count; index++)
        {
            var (partition, created) = (states[index].Key, writes[index].Leadership);
            if (writes[index].Result != ZkResult.Ok)
            {
                log.Error("controller", $"partition={partition} state not created: {writes[index].Result}");
                continue;
            }
            made.Add(new(partition, created));
            log.Info("controller", $"partition={partition} leaderEpoch={created.LeaderEpoch} leader={created.Leader} "
                + $"isr=[{string.Join(',', created.Isr)}]");
        }
        return made;
    }

    private void LogElected(ElectedLeader leader)
        => log.Info("controller", $"partition={leader.Partition} leaderEpoch={leader.Before.LeaderEpoch}→{leader.After.LeaderEpoch} "
            + $"leader={leader.After.Leader} isr=[{string.Join(',', leader.After.Isr)}]");

    private void SetOnline(TopicPartition partition, LeaderAndIsr leadership, IReadOnlyList<BrokerId> recipients, bool isNew)
    {
        context.SetLeadership(partition, leadership);
        context.SetState(partition, PartitionState.Online);
        batch.AddLeaderAndIsr(recipients, partition, isNew);
    }

    private void Move(IEnumerable<TopicPartition> partitions, PartitionState target)
    {
        foreach (var partition in Valid(partitions, target))
            context.SetState(partition, target);
    }

    private List<TopicPartition> Valid(IEnumerable<TopicPartition> partitions, PartitionState target)
    {
        var valid = new List<TopicPartition>();
        foreach (var partition in partitions)
        {
            var state = context.StateOf(partition);
            if (StateTransitions.IsValid(state, target))
                valid.Add(partition);
            else
                log.Error("controller", $"partition={partition} cannot go from {state} to {target}");
        }
        return valid;
    }
}
