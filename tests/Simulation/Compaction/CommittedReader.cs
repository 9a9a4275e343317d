using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Simulation.Compaction;

/// <summary>Reads a log as a consumer with read_committed does: by the aborted transactions that it is told and by the markers.</summary>
internal static class CommittedReader
{
    /// <summary>The records from the log's start to the offset that a consumer hands out.</summary>
    public static List<WrittenRecord> Read(ReadOnlyLog log, long lastStableOffset, int maxBytes = 700)
    {
        var read = new List<WrittenRecord>();
        for (var offset = log.LogStartOffset; offset < lastStableOffset;)
        {
            var result = log.ReadCommitted(offset, maxBytes, lastStableOffset, atLeastOneBatch: true);
            Assert.Equal(KafkaError.None, result.Error);
            // The rest up to there has been compacted away.
            if (result.Slice is not { } slice)
                break;
            var bytes = new byte[slice.Length];
            Assert.Equal(bytes.Length, slice.File.Read(slice.Position, bytes));
            slice.File.Release();
            var next = Take(bytes, result.AbortedTransactions ?? [], offset, read);
            Assert.True(next > offset, $"nothing to read at {offset}");
            offset = next;
        }
        return read;
    }

    /// <summary>Returns the offset to read from next.</summary>
    private static long Take(byte[] bytes, IReadOnlyList<AbortedTransaction> aborted, long fetchOffset, List<WrittenRecord> read)
    {
        var toCome = new PriorityQueue<AbortedTransaction, long>(aborted.Select(one => (one, one.FirstOffset)));
        var ongoing = new HashSet<long>();
        var next = fetchOffset;
        foreach (var batch in new RecordBatchEnumerator(bytes))
        {
            Assert.True(batch.HasValidCrc, $"wrong checksum at offset {batch.BaseOffset}");
            Assert.True(batch.LastOffset >= next || next == fetchOffset, $"offsets go back at {batch.BaseOffset}");
            next = batch.NextOffset;
            while (toCome.TryPeek(out var transaction, out var firstOffset) && firstOffset <= batch.LastOffset)
                ongoing.Add(toCome.Dequeue().ProducerId);
            var producerId = batch.Producer.ProducerId;
            if (batch.IsControl)
            {
                if (batch.RecordCount > 0 && ControlRecord.TryRead(batch, out var control)
                    && control.Type == ControlRecordType.Abort)
                    ongoing.Remove(producerId);
            }
            else if (!batch.IsTransactional || !ongoing.Contains(producerId))
                Unfold(batch, fetchOffset, read);
        }
        return next;
    }

    private static void Unfold(RecordBatch batch, long fetchOffset, List<WrittenRecord> read)
    {
        if (batch.RecordCount == 0)
            return;
        var unfolded = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(
            RecordCompression.TryDecompress(batch.CompressionType, batch.RecordsBytes, unfolded, 1 << 24, out var reason), reason);
        var records = batch.Records(unfolded.WrittenSpan);
        while (records.MoveNext())
        {
            var record = records.Current;
            if (record.Offset >= fetchOffset)
                read.Add(new WrittenRecord(
                    record.Offset, Encoding.UTF8.GetString(record.Key),
                    record.HasValue ? Encoding.UTF8.GetString(record.Value) : null, record.Timestamp,
                    batch.IsTransactional ? batch.Producer.ProducerId : -1));
        }
        Assert.Null(records.Error);
    }
}
