using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>
/// The states of partitions and the ways between them: New ← NonExistent; Online ← New, Online, Offline; Offline ← New, Online, Offline;
/// NonExistent ← Offline. Getting Online means that a leader is chosen and written to ZooKeeper before anybody is told. Runs inside an
/// event, on the coordination loop.
/// </summary>
internal sealed class PartitionStates(
    ControllerContext context, ControllerStore store, ControllerOptions options, ControllerEpoch epoch, RequestBatch batch,
    BrokerChannels channels)
{
    /// <summary>
    /// Takes over what the last controller left: Online with a leader that is up, Offline with one that is not, New with no leadership.
    /// </summary>
    public async Task Start()
    {
        foreach (var partition in context.Partitions)
        {
            var state = context.LeadershipOf(partition) switch
            {
                null => PartitionState.New,
                { } leadership => context.IsOnline(leadership.Leader, partition) ? PartitionState.Online : PartitionState.Offline,
            };
            context.SetState(partition, state);
        }
        await BringOnline();
    }

    /// <summary>Tries to give a leader to every partition that has none.</summary>
    public Task BringOnline() => ToOnline(context.PartitionsWithoutLeader());

    public void ToNew(IEnumerable<TopicPartition> partitions) => Move(partitions, PartitionState.New, PartitionState.NonExistent);

    public void ToOffline(IEnumerable<TopicPartition> partitions)
        => Move(partitions, PartitionState.Offline, PartitionState.New, PartitionState.Online, PartitionState.Offline);

    public void ToNonExistent(IEnumerable<TopicPartition> partitions)
        => Move(partitions, PartitionState.NonExistent, PartitionState.Offline);

    /// <summary>
    /// New partitions get their first leader, others one chosen for a leader that is gone. Where none is eligible the state stays.
    /// </summary>
    public async Task ToOnline(IReadOnlyList<TopicPartition> partitions)
    {
        var fresh = partitions.Where(partition => context.StateOf(partition) == PartitionState.New).ToArray();
        var leaderless = partitions.Where(
            partition => context.StateOf(partition) is PartitionState.Online or PartitionState.Offline).ToArray();
        await Initialize(fresh);
        await Elect(leaderless);
        channels.Send(batch.Take());
    }

    private async Task Initialize(IReadOnlyList<TopicPartition> partitions)
    {
        var states = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>(partitions.Count);
        foreach (var partition in partitions)
        {
            if (LeaderChoice.OnNew(context.ReplicaIdsOf(partition), replica => context.IsOnline(replica, partition)) is { } choice)
            {
                states.Add(new(partition, new LeaderAndIsr(
                    choice.Leader, new LeaderEpoch(0), choice.Isr, choice.RecoveryState, new PartitionEpoch(0), epoch)));
            }
            else
            {
                options.Log.Warn("controller", $"partition={partition} has no live replica to lead it");
            }
        }
        if (states.Count == 0)
            return;
        var writes = await store.CreateStates(states);
        for (var index = 0; index < states.Count; index++)
        {
            if (writes[index].Result == ZkResult.Ok)
                CameOnline(states[index].Key, null, writes[index].Leadership, writes[index].Leadership.Isr, isNew: true);
            else
                options.Log.Error("controller", $"partition={states[index].Key} state not created: {writes[index].Result}");
        }
    }

    private async Task Elect(IReadOnlyList<TopicPartition> partitions)
    {
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var current = await store.ReadStates(remaining);
            var unclean = await UncleanAllowed(current);
            var (decided, decisions) = Decide(current, unclean);
            var writes = await store.UpdateStates(decided);
            var again = new List<TopicPartition>();
            for (var index = 0; index < decided.Count; index++)
            {
                var partition = decided[index].Key;
                if (writes[index].Result == ZkResult.Ok)
                    CameOnline(partition, current[partition], writes[index].Leadership, decisions[index].Recipients, isNew: false);
                else if (writes[index].Result == ZkResult.BadVersion)
                    // A leader of before may have written its ISR; the choice is made again on what is there now.
                    again.Add(partition);
                else
                    options.Log.Error("controller", $"partition={partition} leader not written: {writes[index].Result}");
            }
            remaining = again;
        }
    }

    private (List<KeyValuePair<TopicPartition, LeaderAndIsr>> States, List<LeaderDecision> Decisions) Decide(
        Dictionary<TopicPartition, LeaderAndIsr> current, HashSet<string> uncleanAllowed)
    {
        var states = new List<KeyValuePair<TopicPartition, LeaderAndIsr>>(current.Count);
        var decisions = new List<LeaderDecision>(current.Count);
        foreach (var (partition, state) in current)
        {
            // Its decision is of a controller that came after us, which we are about to learn.
            if (state.ControllerEpoch > epoch)
                continue;
            var choice = LeaderChoice.OnOffline(
                context.ReplicaIdsOf(partition), state, replica => context.IsOnline(replica, partition),
                uncleanAllowed.Contains(partition.Topic));
            if (choice is null)
            {
                options.Log.Warn("controller", $"partition={partition} no eligible leader isr=[{string.Join(',', state.Isr)}]");
                continue;
            }
            states.Add(new(partition, state.Next(choice.Leader, choice.Isr, epoch) with { RecoveryState = choice.RecoveryState }));
            decisions.Add(choice);
        }
        return (states, decisions);
    }

    /// <summary>The topics that may take a leader from outside the ISR; asked only where no in-sync replica is up.</summary>
    private async Task<HashSet<string>> UncleanAllowed(Dictionary<TopicPartition, LeaderAndIsr> current)
    {
        var asked = current.Where(entry => !entry.Value.Isr.Any(replica => context.IsOnline(replica, entry.Key)))
            .Select(entry => entry.Key.Topic).Distinct(StringComparer.Ordinal).ToArray();
        var configs = await asked.Select(store.ReadTopicConfig).InOrder();
        var allowed = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < asked.Length; index++)
        {
            var isAllowed = configs[index].TryGetValue("unclean.leader.election.enable", out var text)
                ? string.Equals(text, "true", StringComparison.OrdinalIgnoreCase)
                : options.UncleanLeaderElectionEnable;
            if (isAllowed)
                allowed.Add(asked[index]);
        }
        return allowed;
    }

    private void CameOnline(
        TopicPartition partition, LeaderAndIsr? before, LeaderAndIsr after, IReadOnlyList<BrokerId> recipients, bool isNew)
    {
        context.SetLeadership(partition, after);
        context.SetState(partition, PartitionState.Online);
        batch.AddLeaderAndIsr(recipients, partition, isNew);
        var from = before is null ? "" : $"{before.LeaderEpoch}→";
        options.Log.Info(
            "controller",
            $"partition={partition} leaderEpoch={from}{after.LeaderEpoch} leader={after.Leader} isr=[{string.Join(',', after.Isr)}]");
    }

    private void Move(IEnumerable<TopicPartition> partitions, PartitionState target, params ReadOnlySpan<PartitionState> from)
    {
        foreach (var partition in partitions)
        {
            var state = context.StateOf(partition);
            if (from.Contains(state))
                context.SetState(partition, target);
            else
                options.Log.Error("controller", $"partition={partition} cannot go from {state} to {target}");
        }
    }
}
