using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Follows the transactions of a log while it is read from one end to the other: which batches were aborted, and which markers have lost
/// all records that they are about. Kafka's CleanedTransactionMetadata. KIP-98.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly PriorityQueue<AbortedTransaction, long> toCome = new();
    private readonly Dictionary<long, Aborted> ongoingAborted = [];
    /// <summary>Producers of which a batch was met whose transaction was not aborted.</summary>
    private readonly HashSet<long> ongoingCommitted = [];

    /// <summary>Where aborted transactions are noted whose markers stay; null while nothing is written.</summary>
    public TransactionIndex? Index { get; set; }

    /// <summary>Adds those that the log's indexes have for what is read next; one may come several times.</summary>
    public void Add(List<AbortedTransaction> aborted)
    {
        foreach (var transaction in aborted)
            toCome.Enqueue(transaction, transaction.FirstOffset);
    }

    /// <summary>Whether the batch, which is no control batch, was aborted.</summary>
    public bool IsAborted(RecordBatch batch)
    {
        BeginUpTo(batch.LastOffset);
        if (!batch.IsTransactional)
            return false;
        if (ongoingAborted.TryGetValue(batch.Producer.ProducerId, out var aborted))
        {
            aborted.HasRecords = true;
            return true;
        }
        ongoingCommitted.Add(batch.Producer.ProducerId);
        return false;
    }

    /// <summary>Whether nothing before the control batch needs it any more.</summary>
    public bool IsMarkerOfNothing(RecordBatch batch)
    {
        BeginUpTo(batch.LastOffset);
        // One without a record has been kept for its producer alone.
        if (batch.RecordCount == 0)
            return true;
        if (!ControlRecord.TryRead(batch, out var control))
            throw new UncleanableLog($"the control batch at offset {batch.BaseOffset} is malformed");
        var producerId = batch.Producer.ProducerId;
        switch (control.Type)
        {
            case ControlRecordType.Abort:
                if (!ongoingAborted.Remove(producerId, out var aborted) || !aborted.HasRecords)
                    return true;
                Index?.Append(aborted.Transaction);
                return false;
            case ControlRecordType.Commit:
                return !ongoingCommitted.Remove(producerId);
            default:
                return false;
        }
    }

    private void BeginUpTo(long offset)
    {
        while (toCome.TryPeek(out var transaction, out var firstOffset) && firstOffset <= offset)
        {
            toCome.Dequeue();
            ongoingAborted.TryAdd(transaction.ProducerId, new Aborted(transaction));
        }
    }

    private sealed class Aborted(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction => transaction;
        public bool HasRecords { get; set; }
    }
}
