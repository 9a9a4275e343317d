using KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// Looks at the brokers' disks when a client hears that its records are there: with acks=all so many have them as
/// <c>min.insync.replicas</c> says, and where brokers flush each record it is durable there. Every fourth answer is looked at, unless the
/// replicas were assigned anew since the record was sent: one that had it may be deleted by the time that the client hears of it.
/// </summary>
internal sealed class AckCheck(ClusterContext run, IReadOnlyList<BrokerHost> hosts)
{
    private int answers;

    public void Acknowledged(TopicPartition partition, long baseOffset, IReadOnlyList<SentRecord> records)
    {
        if (answers++ % 4 != 0 || records[^1].SentAt < run.Znodes.AssignedSince(partition.Topic))
            return;
        var holders = hosts.Where(host => StoredPartition.Holds(
            host.Setup, partition, baseOffset + records.Count - 1, records[^1].Value, durable: run.Cluster.IsFlushed)).ToList();
        if (holders.Count < ClusterSettings.InSyncMin)
            throw new Violation($"{partition}: '{records[^1].Value}' was acknowledged at offset {baseOffset + records.Count - 1}, and only "
                + $"[{string.Join(',', holders.Select(host => host.Setup.HostName))}] have it; {run.Znodes.StateOf(partition)}");
    }
}
