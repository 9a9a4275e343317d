using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// Looks at the brokers' disks when a client hears that its records are there: with acks=all so many have them as
/// <c>min.insync.replicas</c> says. Every fourth answer is looked at.
/// </summary>
internal sealed class AckCheck(ClusterContext run, IReadOnlyList<BrokerHost> hosts)
{
    private int answers;

    public void Acknowledged(TopicPartition partition, long baseOffset, IReadOnlyList<SentRecord> records)
    {
        if (answers++ % 4 != 0)
            return;
        var holders = hosts.Where(host => Holds(host, partition, baseOffset + records.Count - 1, records[^1].Value)).ToList();
        if (holders.Count < ClusterSettings.InSyncMin)
            throw new Violation($"{partition}: '{records[^1].Value}' was acknowledged at offset {baseOffset + records.Count - 1}, and only "
                + $"[{string.Join(',', holders.Select(host => host.Setup.HostName))}] have it; {run.Znodes.StateOf(partition)}");
    }

    private static bool Holds(BrokerHost host, TopicPartition partition, long offset, string value)
    {
        foreach (var batch in new RecordBatchEnumerator(ReplicaCheck.Read(host.Setup, partition)))
        {
            if (batch.LastOffset < offset)
                continue;
            foreach (var record in batch.Records())
            {
                if (batch.BaseOffset + record.OffsetDelta == offset)
                    return Encoding.UTF8.GetString(record.Value) == value;
            }
        }
        return false;
    }
}
