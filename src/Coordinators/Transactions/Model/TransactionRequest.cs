namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>What a producer, or a partition's leader on its behalf, says of a transaction.</summary>
public abstract record TransactionRequest(string TransactionalId, ProducerIdAndEpoch Producer);

/// <summary>AddPartitionsToTxn and AddOffsetsToTxn: what the producer is about to write to.</summary>
public sealed record PartitionsToAdd(string TransactionalId, ProducerIdAndEpoch Producer, IReadOnlyList<TopicPartition> Partitions)
    : TransactionRequest(TransactionalId, Producer);

/// <summary>AddPartitionsToTxn that only asks whether the transaction has the partitions. KIP-890.</summary>
public sealed record PartitionsToVerify(string TransactionalId, ProducerIdAndEpoch Producer, IReadOnlyList<TopicPartition> Partitions)
    : TransactionRequest(TransactionalId, Producer);

/// <summary>EndTxn.</summary>
public sealed record TransactionEnd(string TransactionalId, ProducerIdAndEpoch Producer, bool IsCommit)
    : TransactionRequest(TransactionalId, Producer);
