using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>Whether a cluster whose faults have healed, and of which nobody wants anything, has come to rest.</summary>
internal static class Convergence
{
    /// <summary>
    /// Why it has not; null once every broker runs and is registered, and every partition is led and has all its replicas in sync. A start
    /// need not be done: it waits a while for leaders of what the broker holds, of which a topic may be deleted meanwhile.
    /// </summary>
    public static string? Missing(ClusterContext run, IReadOnlyList<BrokerHost> hosts)
    {
        if (hosts.FirstOrDefault(host => host.State is not (HostState.Running or HostState.Starting)) is { } away)
            return $"{away.Setup.HostName} is {away.State}";
        var registered = run.Ensemble!.ChildrenOf("/kafka/brokers/ids").Count;
        if (registered < hosts.Count)
            return $"{registered} brokers are registered";
        foreach (var queue in (string[])["delete_topics", "reassign_partitions", "preferred_replica_election"])
        {
            var path = $"/kafka/admin/{queue}";
            if (run.Ensemble.ChildrenOf(path) is [var left, ..])
                return $"{path}/{left}";
        }
        foreach (var (topic, znode) in run.Znodes.AllTopics)
        {
            if (znode.IsReassigned)
                return $"{topic} is reassigned";
            foreach (var (partition, replicas) in znode.Replicas)
            {
                var state = run.Znodes.StateOf(new TopicPartition(topic, partition));
                if (state is null || state.Leader == -1 || !state.Isr.Order().SequenceEqual(replicas.Order()))
                    return $"{topic}-{partition} has replicas [{string.Join(',', replicas)}] and {state}";
            }
        }
        return null;
    }
}
