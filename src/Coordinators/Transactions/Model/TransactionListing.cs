using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>DescribeTransactions of one id; nothing but the error when there is one. KIP-664.</summary>
public sealed record TransactionDescription(KafkaError Error, TransactionMetadata? Transaction);

/// <summary>Which transactional ids are listed; what is null or empty leaves none out. KIP-664, KIP-994.</summary>
public sealed record TransactionFilter
{
    public required IReadOnlySet<long> ProducerIds { get; init; }

    /// <summary>States by their names; a name that is no state's matches nothing.</summary>
    public required IReadOnlySet<string> States { get; init; }

    /// <summary>Below zero for any; else only what began longer ago, in milliseconds.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Whether an id is wanted by its name. KIP-1152.</summary>
    public Func<string, bool> MatchesId { get; init; } = static _ => true;

    /// <summary>An id that has been in no transaction began at −1, as in Kafka, and so longer ago than any.</summary>
    public bool Matches(string transactionalId, TransactionMetadata transaction, long nowMs)
        => (ProducerIds.Count == 0 || ProducerIds.Contains(transaction.Producer.ProducerId))
            && (States.Count == 0 || States.Contains(transaction.State.ToString()))
            && (DurationMs < 0 || nowMs - transaction.StartMs > DurationMs)
            && MatchesId(transactionalId);
}

/// <summary>A transactional id as ListTransactions shows it.</summary>
public sealed record ListedTransaction(string TransactionalId, long ProducerId, TransactionState State);

/// <summary>Nothing is listed beside an error.</summary>
public sealed record TransactionList(KafkaError Error, IReadOnlyList<ListedTransaction> Transactions);
