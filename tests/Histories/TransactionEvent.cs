namespace KafkaCompatBroker.Tests.Histories;

/// <summary>A producer has been given what it goes by with its transactional id: all before it are fenced.</summary>
public sealed record ProducerInitialized(string Client, string TransactionalId, TimeSpan At, ProducerIdAndEpoch Producer)
    : HistoryEvent(Client, At);

/// <summary>
/// A producer is about to ask for its transaction to be committed; a client does so only once all its records are acknowledged. Until then
/// nobody may read one of them.
/// </summary>
public sealed record CommitAsked(string Client, string TransactionalId, string Transaction, TimeSpan At) : HistoryEvent(Client, At);

/// <summary>
/// It is certain how the transaction ended. One for which a commit was asked, and which has no such event, may have ended in either way.
/// </summary>
public sealed record TransactionEnded(string Client, string Transaction, TimeSpan At, bool IsCommitted) : HistoryEvent(Client, At);
