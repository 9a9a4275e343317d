namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>The broker settings of transactions, under Kafka's names; the defaults stand in the settings' table.</summary>
public sealed record TransactionOptions
{
    /// <summary>transaction.max.timeout.ms</summary>
    public required int MaxTimeoutMs { get; init; }

    /// <summary>transaction.abort.timed.out.transaction.cleanup.interval.ms</summary>
    public required int AbortTimedOutIntervalMs { get; init; }

    /// <summary>transactional.id.expiration.ms</summary>
    public required int IdExpirationMs { get; init; }

    /// <summary>transaction.remove.expired.transaction.cleanup.interval.ms</summary>
    public required int RemoveExpiredIntervalMs { get; init; }

    /// <summary>transaction.state.log.load.buffer.size</summary>
    public required int LoadBufferBytes { get; init; }

    /// <summary>How long a change of a transaction may wait for its replicas: request.timeout.ms.</summary>
    public required int CommitTimeoutMs { get; init; }

    /// <summary>How many transactional ids this broker remembers, those of all partitions together.</summary>
    public required int IdsMax { get; init; }
}
