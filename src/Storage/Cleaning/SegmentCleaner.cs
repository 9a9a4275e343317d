using System.Buffers;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Makes one segment of a group of neighbours: with the records that a map of offsets leaves, tombstones until their delete horizon, and
/// what transactions and producers need. Kafka's Cleaner.cleanSegments. Used by one compaction for its groups in their order.
/// </summary>
internal sealed class SegmentCleaner(
    LogCleaning cleaning, CleaningScope scope, OffsetMap map, BatchChunks chunks, BatchRetention batches, MessageRetention messages)
{
    private readonly CleanedTransactions transactions = new();
    private readonly ArrayBufferWriter<byte> output = new();
    private LogSegment? cleaned;
    private long endOffset;

    /// <summary>Does a step for each bufferful, and tells how many bytes were read and written.</summary>
    public IEnumerable<int> Clean(LogSegment[] group)
    {
        cleaned = LogSegment.CreateCleaned(cleaning.SegmentOptions, group[0].BaseOffset);
        endOffset = cleaned.BaseOffset;
        transactions.Index = cleaned.AbortedTransactions;
        foreach (var segment in group)
        {
            AddAbortedTransactions(segment);
            var keepsLegacyTombstones = segment.LastModifiedMs > scope.LegacyDeleteHorizonMs;
            for (var position = 0; position < segment.SizeInBytes;)
            {
                var read = chunks.Read(segment.File, position, segment.SizeInBytes);
                output.ResetWrittenCount();
                foreach (var batch in new RecordBatchEnumerator(chunks.Bytes))
                    Clean(batch, keepsLegacyTombstones);
                if (output.WrittenCount > 0)
                    cleaned.Append(output.WrittenSpan);
                position += read;
                yield return read + output.WrittenCount;
            }
        }
        cleaned.BecomeInactive();
        cleaned.LastModifiedMs = group[^1].LastModifiedMs;
        cleaned.Flush();
    }

    /// <summary>What the group has become, once all steps are done; whoever takes it disposes of it.</summary>
    public CleanedSegment TakeResult()
    {
        var result = new CleanedSegment(cleaned!, endOffset);
        cleaned = null;
        return result;
    }

    /// <summary>Deletes what was begun and not taken.</summary>
    public void Discard()
    {
        if (cleaned is null)
            return;
        cleaned.Close();
        cleaned.DeleteFiles();
        cleaned = null;
    }

    private void Clean(RecordBatch batch, bool keepsLegacyTombstones)
    {
        var isDiscarded = batch.IsControl ? transactions.IsMarkerOfNothing(batch) : transactions.IsAborted(batch);
        var isMarkerOfNothing = isDiscarded && batch.IsControl;
        // The marker of a transaction that has lost its records waits as tombstones do, for readers that are in the middle of it.
        if (isMarkerOfNothing)
            isDiscarded = batch.HasDeleteHorizon && batch.BaseTimestamp <= scope.NowMs;
        var keepsEmpty = !batch.IsLegacy && (batch.NextOffset == scope.EndOffset || batch.HasProducerId && IsLastOfProducer(batch));
        if (isDiscarded && !keepsEmpty)
            return;
        var keptCount = isDiscarded ? 0 : Write(batch, isMarkerOfNothing, keepsLegacyTombstones);
        if (keptCount == BatchRetention.Malformed)
            throw new UncleanableLog($"the batch at offset {batch.BaseOffset} is malformed");
        if (keptCount == 0 && keepsEmpty)
            BatchRetention.WriteEmpty(batch, output);
        if (keptCount > 0 || keepsEmpty)
            endOffset = batch.NextOffset;
    }

    private int Write(RecordBatch batch, bool isMarkerOfNothing, bool keepsLegacyTombstones)
    {
        var horizon = new DeleteHorizon(scope.NowMs + cleaning.Config.DeleteRetentionMs, IsForAll: isMarkerOfNothing);
        if (batch.IsControl)
        {
            var all = new WholeRetention(keeps: true);
            return batches.Write(batch, ref all, horizon, output);
        }
        var retention = new RecordRetention(
            map, batch.IsLegacy ? keepsLegacyTombstones : !batch.HasDeleteHorizon || scope.NowMs < batch.BaseTimestamp);
        return batch.IsLegacy
            ? messages.Write(batch, ref retention, output)
            : batches.Write(batch, ref retention, horizon, output);
    }

    /// <summary>
    /// Whether the log's knowledge of a producer hangs on the batch: its last sequence, or, where it has none, its epoch in a marker.
    /// </summary>
    private bool IsLastOfProducer(RecordBatch batch)
    {
        if (!cleaning.Producers.TryGetValue(batch.Producer.ProducerId, out var last))
            return false;
        return last.LastDataOffset is { } offset
            ? batch.LastOffset == offset
            : batch.IsControl && batch.Producer.Epoch == last.Epoch;
    }

    /// <summary>Those whose records or markers lie in the segment; their markers may lie in later ones.</summary>
    private void AddAbortedTransactions(LogSegment segment)
    {
        var segments = cleaning.View.Segments;
        var first = Array.IndexOf(segments, segment);
        transactions.Add(AbortedIn.Find(segments, first, segment.BaseOffset, segments[first + 1].BaseOffset));
    }
}
