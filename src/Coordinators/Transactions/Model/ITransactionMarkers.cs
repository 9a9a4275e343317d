namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>A transaction whose end is committed in the coordinator's log, and of which its partitions are to be told.</summary>
public sealed record EndedTransaction
{
    public required string TransactionalId { get; init; }
    public required ProducerIdAndEpoch Producer { get; init; }
    public required bool IsCommit { get; init; }

    /// <summary>
    /// Whether the epoch of <see cref="Producer"/> is one that the transaction has not had: version 2 of transactions. KIP-890.
    /// </summary>
    public required bool RaisesEpoch { get; init; }

    /// <summary>The leader epoch of the coordinator's partition, by which leaders refuse what a coordinator of before says.</summary>
    public required LeaderEpoch CoordinatorEpoch { get; init; }

    public required IReadOnlyCollection<TopicPartition> Partitions { get; init; }
}

/// <summary>Has the leaders of partitions write how a transaction ended into their logs. Callable from any thread.</summary>
public interface ITransactionMarkers
{
    /// <param name="ended">What is told.</param>
    /// <param name="unloaded">Ends when this broker is not the transaction's coordinator any more; then nothing more is sent.</param>
    /// <param name="written">
    /// Called once, on any thread, when every partition that there still is has its marker; never when a leader says that there is another
    /// coordinator, or another producer of the id, by now.
    /// </param>
    void Write(EndedTransaction ended, CancellationToken unloaded, Action written);
}
