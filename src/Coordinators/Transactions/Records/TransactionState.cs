namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>
/// Where a transactional id stands, by the numbers of the log. Ongoing goes to PrepareCommit or PrepareAbort, which is the decision; once
/// all partitions have their markers the id is CompleteCommit or CompleteAbort, and may go on as Ongoing or, when its producer begins anew,
/// as Empty. Kafka's other two states, Dead (6) and PrepareEpochFence (7), are never written; here they are not needed, because an id's
/// state is what its newest record says, and what is under way is told apart from it. KIP-98.
/// </summary>
public enum TransactionState : sbyte
{
    Empty = 0,
    Ongoing = 1,
    PrepareCommit = 2,
    PrepareAbort = 3,
    CompleteCommit = 4,
    CompleteAbort = 5,
}
