using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// The transaction that the records of a produce request belong to: of one producer, as Kafka's clients send them.
/// </summary>
/// <param name="Error">Why the whole request is refused.</param>
internal readonly record struct ProducedTransaction(KafkaError Error, ProducerIdAndEpoch Producer)
{
    /// <summary>Null when no records belong to a transaction.</summary>
    public static ProducedTransaction? Of(ProduceRequest request)
    {
        ProducerIdAndEpoch? producer = null;
        foreach (var topic in request.TopicData)
        {
            foreach (var data in topic.PartitionData)
            {
                foreach (var batch in new RecordBatchEnumerator(data.Records is { } records ? records.Memory.Span : default))
                {
                    if (!batch.IsTransactional)
                        continue;
                    if (request.TransactionalId is null)
                        return new ProducedTransaction(KafkaError.TransactionalIdAuthorizationFailed, default);
                    if (batch.HasProducerId && producer is { } other && other != batch.Producer)
                        return new ProducedTransaction(KafkaError.InvalidProducerIdMapping, default);
                    if (batch.HasProducerId)
                        producer = batch.Producer;
                }
            }
        }
        return producer is { } one ? new ProducedTransaction(KafkaError.None, one) : null;
    }

    /// <summary>The sequence of the first batch, when one of the records' batches belongs to the transaction; null otherwise.</summary>
    public static int? BaseSequenceOf(ReadOnlySpan<byte> records)
    {
        foreach (var batch in new RecordBatchEnumerator(records))
        {
            if (batch.IsTransactional && batch.HasProducerId)
                return new RecordBatch(records).BaseSequence;
        }
        return null;
    }

    public static TransactionSupport SupportOf(ProduceRequest request)
        => request.AddsPartitions ? TransactionSupport.LeavesAdding
            : request.AbortableTransactions ? TransactionSupport.KnowsAbortable
            : TransactionSupport.Old;
}
