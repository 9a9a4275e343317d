using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>A producer as the leader's log knows it.</summary>
/// <param name="LastSequence">−1 while no batch of it is known.</param>
/// <param name="LastTimestamp">Of its last batch or marker, in ms.</param>
/// <param name="CoordinatorEpoch">Of its last marker; −1 without one.</param>
/// <param name="CurrentTxnFirstOffset">Where its open transaction began; −1 without one.</param>
public readonly record struct ProducerDescription(
    ProducerIdAndEpoch Producer, int LastSequence, long LastTimestamp, int CoordinatorEpoch, long CurrentTxnFirstOffset);

/// <summary>What the leader of a partition knows of producers; brought to the partition from any thread.</summary>
public static class PartitionProducers
{
    /// <summary>
    /// The guard for a producer's first batch of a transaction, after which the transaction's coordinator is asked; null when the
    /// transaction is open in this partition already. An error when this broker does not lead. KIP-890.
    /// </summary>
    public static Task<(KafkaError Error, VerificationGuard? Guard)> BeginVerification(
        this Partition partition, ProducerIdAndEpoch producer, int baseSequence)
        => partition.AskLed(log => log.BeginVerification(producer, baseSequence));

    /// <summary>All that are remembered, by rising id; an error when this broker does not lead. KIP-664.</summary>
    public static Task<(KafkaError Error, IReadOnlyList<ProducerDescription>? Producers)> DescribeProducers(this Partition partition)
        => partition.AskLed<IReadOnlyList<ProducerDescription>>(
            log => [.. log.ProducerStates.Producers.OrderBy(state => state.ProducerId).Select(Describe)]);

    private static ProducerDescription Describe(ProducerState state) => new(
        new ProducerIdAndEpoch(state.ProducerId, state.Epoch), state.LastSequence, state.LastTimestamp, state.CoordinatorEpoch,
        state.CurrentTxnFirstOffset);
}
