using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>
/// Takes the committed records out of what a leader answers to a reader of such, as consumers do: it leaves out those of a producer from
/// where the answer says that it began what it has aborted, up to the marker that says so. KIP-98.
/// </summary>
internal static class CommittedFetch
{
    /// <summary>Fetch's name of the readers that see only what is committed.</summary>
    public const sbyte ReadCommitted = 1;

    /// <param name="position">What was asked for.</param>
    /// <returns>The records, and from where the next fetch goes on.</returns>
    public static (List<(long Offset, string Value)> Records, long Next) Read(
        TopicPartition partition, long position, FetchResponse.PartitionData answer)
    {
        if (answer.LastStableOffset > answer.HighWatermark || answer.LastStableOffset < 0)
            throw new Violation(
                $"{partition} has its last stable offset at {answer.LastStableOffset}, and its high watermark at {answer.HighWatermark}");
        var (records, next) = (new List<(long, string)>(), position);
        var toAbort = new Queue<FetchResponse.AbortedTransaction>(
            (answer.AbortedTransactions ?? []).OrderBy(transaction => transaction.FirstOffset));
        var aborted = new HashSet<long>();
        foreach (var batch in new RecordBatchEnumerator(answer.Records is { } bytes ? bytes.Memory.Span : default))
        {
            if (!batch.HasValidCrc)
                throw new Violation($"{partition} has a batch with a wrong checksum at offset {batch.BaseOffset}");
            if (batch.LastOffset < position)
                continue;
            if (batch.BaseOffset >= answer.LastStableOffset)
                throw new Violation(
                    $"{partition} gave a reader of committed records offset {batch.BaseOffset}, having its last stable offset at "
                    + $"{answer.LastStableOffset}");
            while (toAbort.TryPeek(out var first) && first.FirstOffset <= batch.LastOffset)
                aborted.Add(toAbort.Dequeue().ProducerId);
            next = batch.NextOffset;
            if (batch.IsControl)
            {
                if (ControlRecord.TryRead(batch, out var control) && control.Type == ControlRecordType.Abort)
                    aborted.Remove(batch.Producer.ProducerId);
                continue;
            }
            if (batch.IsTransactional && aborted.Contains(batch.Producer.ProducerId))
                continue;
            foreach (var record in batch.Records())
            {
                if (batch.BaseOffset + record.OffsetDelta >= position)
                    records.Add((batch.BaseOffset + record.OffsetDelta, Encoding.UTF8.GetString(record.Value)));
            }
        }
        return (records, next);
    }
}
