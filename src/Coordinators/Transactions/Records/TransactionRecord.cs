namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>A record of <c>__transaction_state</c>, apart from its bytes; null deletes the id.</summary>
public sealed record TransactionRecord(string TransactionalId, TransactionMetadata? Value);
