using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Coordinators.Transactions;

/// <summary>
/// Elects and resigns the transaction coordinator, partition by partition of <c>__transaction_state</c>, as this broker comes to lead them
/// and ceases to; the leadership of other topics does not concern it.
/// </summary>
public sealed class TransactionLeadership(TransactionCoordinator transactions, TransactionOptions options) : ILeadershipListener
{
    public void LeadershipGained(Partition partition, LeaderEpoch leaderEpoch)
    {
        // The partition's own timeout comes after the coordinator's, which answers the client.
        if (partition.Name.Topic == InternalTopics.TransactionState)
            transactions.OnElected(
                new ReplicaLog(partition, CompressionType.None, TimeSpan.FromMilliseconds(2L * options.CommitTimeoutMs)), leaderEpoch);
    }

    public void LeadershipLost(TopicPartition partition, LeaderEpoch leaderEpoch)
    {
        if (partition.Topic == InternalTopics.TransactionState)
            transactions.OnResigned(partition.Partition, leaderEpoch == LeaderEpoch.Unknown ? null : leaderEpoch);
    }
}
