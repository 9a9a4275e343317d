namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>What a leader asks the coordinator of a transaction before the transaction's first records in a partition. KIP-890.</summary>
/// <param name="Adds">Whether partitions that are not among the transaction's become that, instead of being refused.</param>
public sealed record TransactionToVerify(
    string TransactionalId, ProducerIdAndEpoch Producer, IReadOnlyList<TopicPartition> Partitions, bool Adds);

/// <summary>Asks the coordinators of transactions. Callable from anywhere.</summary>
public interface ITransactionVerifier
{
    /// <summary>
    /// One error for each partition, in their order: None where the transaction is open and has the partition, what the coordinator says
    /// where not, CoordinatorNotAvailable where none is known, NetworkException where it did not answer.
    /// </summary>
    Task<KafkaError[]> Verify(TransactionToVerify transaction);
}
