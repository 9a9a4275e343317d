using KafkaCompatBroker.Broker.InterBroker;

namespace KafkaCompatBroker.Tests.Unit.Replication;

/// <summary>The test in the place of transaction coordinators.</summary>
internal sealed class PlayedCoordinator : ITransactionVerifier
{
    /// <summary>What was asked, in order.</summary>
    public List<TransactionToVerify> Asked { get; } = [];

    /// <summary>What each partition's answer is.</summary>
    public Func<TopicPartition, KafkaError> ErrorOf { get; set; } = _ => KafkaError.None;

    /// <summary>Set while answers are kept back until it completes.</summary>
    public TaskCompletionSource? Held { get; set; }

    public async Task<KafkaError[]> Verify(TransactionToVerify transaction)
    {
        Asked.Add(transaction);
        if (Held is { } held)
            await held.Task;
        return [.. transaction.Partitions.Select(ErrorOf)];
    }
}
