namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>What a producer, or a partition's leader on its behalf, says of a transaction.</summary>
public abstract record TransactionRequest(string TransactionalId, ProducerIdAndEpoch Producer);

/// <summary>AddPartitionsToTxn and AddOffsetsToTxn: what the producer is about to write to.</summary>
/// <param name="ByLeader">Whether the partitions' leaders say so, as for producers of version 2 of transactions. KIP-890.</param>
public sealed record PartitionsToAdd(
    string TransactionalId, ProducerIdAndEpoch Producer, IReadOnlyList<TopicPartition> Partitions, bool ByLeader = false)
    : TransactionRequest(TransactionalId, Producer);

/// <summary>AddPartitionsToTxn that only asks whether the transaction has the partitions. KIP-890.</summary>
public sealed record PartitionsToVerify(string TransactionalId, ProducerIdAndEpoch Producer, IReadOnlyList<TopicPartition> Partitions)
    : TransactionRequest(TransactionalId, Producer);

/// <summary>EndTxn.</summary>
/// <param name="RaisesEpoch">
/// Whether the producer takes another epoch for its next transaction, which the answer names: version 2 of transactions. KIP-890.
/// </param>
public sealed record TransactionEnd(string TransactionalId, ProducerIdAndEpoch Producer, bool IsCommit, bool RaisesEpoch = false)
    : TransactionRequest(TransactionalId, Producer);

/// <summary>What came of an EndTxn.</summary>
/// <param name="Producer">What the producer goes by in its next transaction; none beside an error.</param>
public sealed record TransactionEndReply(KafkaError Error, ProducerIdAndEpoch Producer)
{
    /// <summary>The shard cannot go on without a producer id that nobody has.</summary>
    internal static readonly TransactionEndReply NeedsProducerId = Failed(KafkaError.CoordinatorLoadInProgress);

    public static TransactionEndReply Failed(KafkaError error) => new(error, ProducerIdAndEpoch.None);
}
