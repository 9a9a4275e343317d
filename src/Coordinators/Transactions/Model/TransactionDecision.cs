using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>
/// What becomes of a request: <see cref="Next"/> is to be written first, unless it is null, and then <see cref="Error"/> is the answer.
/// </summary>
internal readonly record struct TransactionDecision(KafkaError Error, TransactionMetadata? Next)
{
    public static TransactionDecision Answer(KafkaError error) => new(error, null);

    public static TransactionDecision Write(TransactionMetadata next) => new(KafkaError.None, next);
}
