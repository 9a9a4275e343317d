using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.States;

/// <summary>An election of a partition's leader.</summary>
internal sealed record ElectedLeader
{
    public required TopicPartition Partition { get; init; }
    /// <summary>The leadership that was read.</summary>
    public required LeaderAndIsr Before { get; init; }
    /// <summary>The leadership that follows on it; with its new partition epoch once it is written.</summary>
    public required LeaderAndIsr After { get; init; }
    /// <summary>The brokers that are sent it, to lead or to follow.</summary>
    public required IReadOnlyList<BrokerId> Recipients { get; init; }
}

/// <summary>
/// Elects leaders of partitions: reads each state, decides by <see cref="LeaderChoice"/>, and writes the decision with a compare-and-set.
/// Runs inside an event of the active controller, on the coordination loop; changes nothing in the context.
/// </summary>
/// <param name="hasRecoveryStates">Whether brokers understand that a leader recovers. KIP-704.</param>
internal sealed class PartitionLeaderElection(
    ControllerContext context, PartitionStateZnodes znodes, IZooKeeper zooKeeper, ControllerIdentity controller,
    Func<bool> uncleanLeaderElectionEnable, bool hasRecoveryStates, ILog log)
{
    private const string UncleanLeaderElectionEnable = "unclean.leader.election.enable";

    /// <summary>Those partitions that got a leader; for the others the reason is in the log.</summary>
    public async Task<IReadOnlyList<ElectedLeader>> Elect(IReadOnlyList<TopicPartition> partitions, ElectionOccasion occasion)
    {
        var elected = new List<ElectedLeader>();
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var current = await znodes.Read(remaining);
            var topicsAllowingUnclean = occasion == ElectionOccasion.OfflineLeader ? await TopicsAllowingUnclean(current) : [];
            var decided = Decide(current, occasion, topicsAllowingUnclean);
            var writes = await znodes.Update([.. decided.Select(leader => KeyValuePair.Create(leader.Partition, leader.After))]);
            var again = new List<TopicPartition>();
            for (var index = 0; index < decided.Count; index++)
            {
                var leader = decided[index];
                if (writes[index].Result == ZkResult.Ok)
                    elected.Add(leader with { After = writes[index].Leadership });
                else if (writes[index].Result == ZkResult.BadVersion)
                    // The leader that is gone may have written its ISR meanwhile; the choice is made again on what is there now.
                    again.Add(leader.Partition);
                else
                    log.Error("controller", $"partition={leader.Partition} leader not written: {writes[index].Result}");
            }
            remaining = again;
        }
        return elected;
    }

    private List<ElectedLeader> Decide(
        Dictionary<TopicPartition, LeaderAndIsr> current, ElectionOccasion occasion, HashSet<string> topicsAllowingUnclean)
    {
        var decided = new List<ElectedLeader>(current.Count);
        foreach (var (partition, state) in current)
        {
            // A controller that was elected after this one has decided; this one is about to learn of it.
            if (state.ControllerEpoch > controller.Epoch)
                continue;
            var isUncleanAllowed = occasion == ElectionOccasion.OfflineLeaderOrUnclean || topicsAllowingUnclean.Contains(partition.Topic);
            if (Choose(partition, state, occasion, isUncleanAllowed) is not { } choice)
            {
                log.Warn(
                    "controller", $"partition={partition} no eligible leader occasion={occasion} isr=[{string.Join(',', state.Isr)}]");
                continue;
            }
            var next = state.Next(choice.Leader, choice.Isr, controller.Epoch) with
            {
                RecoveryState = hasRecoveryStates ? choice.RecoveryState : LeaderRecoveryState.Recovered,
            };
            decided.Add(new() { Partition = partition, Before = state, After = next, Recipients = choice.Recipients });
        }
        return decided;
    }

    private LeaderDecision? Choose(TopicPartition partition, LeaderAndIsr state, ElectionOccasion occasion, bool isUncleanAllowed)
    {
        if (context.AssignmentOf(partition) is not { } assignment)
            return null;
        return occasion switch
        {
            ElectionOccasion.PreferredReplica => LeaderChoice.OnPreferred(assignment.Replicas, state, IsOnline),
            ElectionOccasion.Reassignment => LeaderChoice.OnReassignment(assignment.Target, state, IsOnline),
            ElectionOccasion.ControlledShutdown => LeaderChoice.OnControlledShutdown(
                assignment.Replicas, state, broker => context.Brokers.IsOnlineOrShuttingDown(new Replica(partition, broker)),
                context.Brokers.IsShuttingDown),
            ElectionOccasion.NextEpoch => LeaderChoice.OnNextEpoch(state),
            _ => LeaderChoice.OnOffline(assignment.Replicas, state, IsOnline, isUncleanAllowed),
        };

        bool IsOnline(BrokerId broker) => context.Brokers.IsOnline(new Replica(partition, broker));
    }

    /// <summary>
    /// The topics that may take a leader from outside the ISR. Only those are looked up that have a partition without an online replica in
    /// its ISR.
    /// </summary>
    private async Task<HashSet<string>> TopicsAllowingUnclean(Dictionary<TopicPartition, LeaderAndIsr> current)
    {
        var topics = current
            .Where(entry => !entry.Value.Isr.Any(broker => context.Brokers.IsOnline(new Replica(entry.Key, broker))))
            .Select(entry => entry.Key.Topic).Distinct(StringComparer.Ordinal).ToArray();
        var reads = await topics.Select(topic => zooKeeper.Read(ZnodePaths.TopicConfig(topic))).InOrder();
        var allowing = new HashSet<string>(StringComparer.Ordinal);
        for (var index = 0; index < topics.Length; index++)
        {
            var isAllowed = ConfigJson.Decode(reads[index].Data)?.GetValueOrDefault(UncleanLeaderElectionEnable) is { } text
                ? string.Equals(text, "true", StringComparison.OrdinalIgnoreCase)
                : uncleanLeaderElectionEnable();
            if (isAllowed)
                allowing.Add(topics[index]);
        }
        return allowing;
    }
}
