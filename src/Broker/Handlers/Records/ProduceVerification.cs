using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>Has the transaction of a produce request verified, partition by partition, before its records are appended. KIP-890.</summary>
internal sealed class ProduceVerification(ProduceCheck check, TransactionGuards guards)
{
    /// <summary>Null for records that belong to no transaction; those are not waited for.</summary>
    public ValueTask<VerifiedTransaction?> Verify(ProduceRequest request, RequestContext context)
        => ProducedTransaction.Of(request) is { } transaction
            ? new(Verify(request, context, transaction))
            : ValueTask.FromResult<VerifiedTransaction?>(null);

    private async Task<VerifiedTransaction?> Verify(ProduceRequest request, RequestContext context, ProducedTransaction transaction)
    {
        if (transaction.Error != KafkaError.None)
            return VerifiedTransaction.Refused(transaction.Error);
        var batches = new Dictionary<TopicPartition, TransactionalBatch>();
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData)
            {
                if (check.Find(request, context, topic, data) is { Partition: { } partition, Name: var name }
                    && ProducedTransaction.BaseSequenceOf(data.Records!.Value.Memory.Span) is { } baseSequence)
                    batches[name] = new TransactionalBatch(partition, baseSequence);
            }
        }
        var support = ProducedTransaction.SupportOf(request);
        var outcomes = await guards.TakeForRecords(request.TransactionalId!, transaction.Producer, [.. batches.Values], support);
        return new VerifiedTransaction(batches.Keys.Zip(outcomes).ToDictionary(), support);
    }
}

/// <summary>What came of a produce request's verification.</summary>
/// <param name="outcomes">Of the partitions that were not refused anyway.</param>
/// <param name="support">What the producer understands.</param>
internal sealed class VerifiedTransaction(IReadOnlyDictionary<TopicPartition, GuardOutcome> outcomes, TransactionSupport support)
{
    private AppendOutcome? refusalOfAll;

    /// <summary>The request is refused as a whole.</summary>
    public static VerifiedTransaction Refused(KafkaError error) => new(new Dictionary<TopicPartition, GuardOutcome>(), default)
    {
        refusalOfAll = AppendOutcome.Failed(
            error, error == KafkaError.InvalidProducerIdMapping ? "Transactional records contained more than one producer ID" : null),
    };

    /// <summary>Why the partition's records are not appended, or with what they may be.</summary>
    public (AppendOutcome? Refusal, VerificationGuard? Guard) Of(TopicPartition name)
    {
        if (refusalOfAll is not null || !outcomes.TryGetValue(name, out var outcome))
            return (refusalOfAll, null);
        return outcome.Error == KafkaError.None ? (null, outcome.Guard) : (Refusal(outcome.Error), null);
    }

    /// <summary>
    /// What the producer is told when its transaction could not be verified. Errors that pass become one with which producers of every age
    /// send again, and without looking for another leader; those that leave adding to the leader are told as it is that the markers of
    /// their last transaction are not written yet.
    /// </summary>
    private AppendOutcome Refusal(KafkaError error)
        => TransientName(error) is { } name
            && !(error == KafkaError.ConcurrentTransactions && support == TransactionSupport.LeavesAdding)
            ? AppendOutcome.Failed(
                KafkaError.NotEnoughReplicas,
                $"Unable to verify the partition has been added to the transaction. Underlying error: {name}")
            : AppendOutcome.Failed(
                error, error == KafkaError.InvalidTxnState ? "Partition was not added to the transaction" : null);

    private static string? TransientName(KafkaError error) => error switch
    {
        KafkaError.ConcurrentTransactions => "CONCURRENT_TRANSACTIONS",
        KafkaError.CoordinatorLoadInProgress => "COORDINATOR_LOAD_IN_PROGRESS",
        KafkaError.CoordinatorNotAvailable => "COORDINATOR_NOT_AVAILABLE",
        KafkaError.NotCoordinator => "NOT_COORDINATOR",
        KafkaError.NetworkException => "NETWORK_EXCEPTION",
        _ => null,
    };
}
