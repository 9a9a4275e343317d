using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>What a client of transactions understands, by the version of its request. KIP-890.</summary>
public enum TransactionSupport
{
    /// <summary>Takes INVALID_TXN_STATE where a transaction can only be aborted.</summary>
    Old,
    /// <summary>Knows TRANSACTION_ABORTABLE.</summary>
    KnowsAbortable,
    /// <summary>Leaves it to the leaders to add its partitions to the transaction.</summary>
    LeavesAdding,
}

/// <summary>A batch of a transaction that is about to be appended to a partition.</summary>
public readonly record struct TransactionalBatch(Partition Partition, int BaseSequence);

/// <summary>With what a batch may be appended, or why it may not.</summary>
/// <param name="Guard">Null where none is needed.</param>
public readonly record struct GuardOutcome(KafkaError Error, VerificationGuard? Guard);

/// <summary>
/// Has transactions verified before their first records come into the partitions that this broker leads: makes the guards, asks the
/// coordinator about those partitions where the transaction is not open yet, and gives the guards to whoever appends. Without it, records
/// that come late would open a transaction which nobody ends. Callable from anywhere. KIP-890.
/// </summary>
/// <param name="verifier">Who asks coordinators.</param>
/// <param name="config">Of this broker.</param>
/// <param name="time">The clock of <paramref name="loop"/>.</param>
/// <param name="loop">Whose timers wait before a coordinator is asked again.</param>
public sealed class TransactionGuards(ITransactionVerifier verifier, DynamicBrokerConfig config, TimeProvider time, ILoop loop)
{
    /// <summary>
    /// As <see cref="Take"/>, for records that are produced. Where a producer leaves adding to the leader, its next transaction mostly
    /// begins before the markers of the last one are written; then the coordinator is asked again for as long as
    /// <c>add.partitions.to.txn.retry.backoff.max.ms</c>, which takes less than the producer's sending everything again.
    /// </summary>
    public async Task<GuardOutcome[]> TakeForRecords(
        string transactionalId, ProducerIdAndEpoch producer, IReadOnlyList<TransactionalBatch> batches, TransactionSupport support)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var outcomes = await Take(transactionalId, producer, batches, support);
            var current = config.Current;
            if (support != TransactionSupport.LeavesAdding
                || !Array.Exists(outcomes, static outcome => outcome.Error == KafkaError.ConcurrentTransactions)
                || time.GetElapsedTime(begun).TotalMilliseconds
                    >= Math.Min(current.AddPartitionsToTxnRetryBackoffMaxMs, current.RequestTimeoutMs))
                return outcomes;
            await loop.Pass(TimeSpan.FromMilliseconds(current.AddPartitionsToTxnRetryBackoffMs));
        }
    }

    /// <summary>
    /// One outcome for each batch, in their order. Errors are those of the coordinator as producers know them, and those of the partition.
    /// </summary>
    public async Task<GuardOutcome[]> Take(
        string transactionalId, ProducerIdAndEpoch producer, IReadOnlyList<TransactionalBatch> batches, TransactionSupport support)
    {
        var outcomes = new GuardOutcome[batches.Count];
        if (!config.Current.TransactionPartitionVerificationEnable && support != TransactionSupport.LeavesAdding)
            return outcomes;
        var unverified = new List<int>();
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (error, guard) = await batches[i].Partition.BeginVerification(producer, batches[i].BaseSequence);
            outcomes[i] = new GuardOutcome(error, guard);
            if (guard is not null)
                unverified.Add(i);
        }
        if (unverified.Count == 0)
            return outcomes;
        var errors = await verifier.Verify(new TransactionToVerify(
            transactionalId, producer, unverified.ConvertAll(i => batches[i].Partition.Name),
            Adds: support == TransactionSupport.LeavesAdding));
        for (var i = 0; i < errors.Length; i++)
        {
            if (errors[i] != KafkaError.None)
                outcomes[unverified[i]] = new GuardOutcome(ForProducer(errors[i], support), null);
        }
        return outcomes;
    }

    private static KafkaError ForProducer(KafkaError error, TransactionSupport support) => error switch
    {
        KafkaError.ProducerFenced => KafkaError.InvalidProducerEpoch,
        KafkaError.TransactionAbortable when support == TransactionSupport.Old => KafkaError.InvalidTxnState,
        _ => error,
    };
}
