using KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>
/// Reads logs off the brokers' disks. In the end, when nobody writes and every replica is in sync, all of a partition's are the same, byte
/// for byte; of one that is compacted, all say the same.
/// </summary>
internal static class ReplicaCheck
{
    public static void Check(ClusterContext run, IReadOnlyList<BrokerHost> hosts)
    {
        foreach (var (topic, znode) in run.Znodes.AllTopics)
        {
            foreach (var (partition, replicas) in znode.Replicas)
            {
                var name = new TopicPartition(topic, partition);
                var logs = replicas.Select(replica => (replica, Bytes: StoredPartition.Read(hosts[replica - 1].Setup, name))).ToList();
                if (IsCompacted(topic))
                {
                    RequireSameMeaning(name, logs);
                    continue;
                }
                foreach (var (replica, bytes) in logs)
                {
                    var sameBytes = bytes.AsSpan().CommonPrefixLength(logs[0].Bytes);
                    if (sameBytes < Math.Max(bytes.Length, logs[0].Bytes.Length))
                        throw new Violation($"{name}: the logs of brokers {logs[0].replica} and {replica} differ: "
                            + $"{logs[0].Bytes.Length} and {bytes.Length} bytes, the same up to {sameBytes}");
                }
            }
        }
    }

    private static bool IsCompacted(string topic) => topic is InternalTopics.ConsumerOffsets or InternalTopics.TransactionState;

    private static void RequireSameMeaning(TopicPartition name, List<(int Replica, byte[] Bytes)> logs)
    {
        var first = CompactedLog.Describe(logs[0].Bytes);
        foreach (var (replica, bytes) in logs)
        {
            var other = CompactedLog.Describe(bytes);
            if (!first.SequenceEqual(other))
                throw new Violation($"{name}: brokers {logs[0].Replica} and {replica} say other things: "
                    + $"{first.Except(other).FirstOrDefault()} | {other.Except(first).FirstOrDefault()}");
        }
    }
}
