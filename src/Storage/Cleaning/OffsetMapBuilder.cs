using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Reads the dirty part of a log, up to where it ends or the map is full, and notes the last offset of each key. Aborted records and
/// markers are no one's last. Used by one compaction.
/// </summary>
internal sealed class OffsetMapBuilder(
    OffsetMap map, BatchChunks chunks, BatchRetention batches, CleanedTransactions transactions)
{
    private bool isFull;

    /// <summary>Does a step for each bufferful, and tells how many bytes that was.</summary>
    /// <param name="cleaning">The compaction.</param>
    /// <param name="firstDirtyOffset">Records below it are known to be the last ones so far.</param>
    /// <param name="endOffset">A segment's base.</param>
    public IEnumerable<int> Fill(LogCleaning cleaning, long firstDirtyOffset, long endOffset)
    {
        var segments = cleaning.View.Segments;
        for (var i = Math.Max(cleaning.View.SegmentIndexOf(firstDirtyOffset), 0); segments[i].BaseOffset < endOffset && !isFull; i++)
        {
            var segment = segments[i];
            for (var position = segment.OffsetIndex.PositionAtMost(firstDirtyOffset); position < segment.SizeInBytes && !isFull;)
            {
                var bytes = chunks.Read(segment.File, position, segment.SizeInBytes);
                Take(segment, firstDirtyOffset);
                position += bytes;
                yield return bytes;
            }
            // What lies between the segment's last record and the next one's base has been compacted away, or is nothing.
            if (!isFull)
                map.PassOver(segments[i + 1].BaseOffset - 1);
        }
    }

    private void Take(LogSegment segment, long firstDirtyOffset)
    {
        var notes = new Notes(map, firstDirtyOffset);
        foreach (var batch in new RecordBatchEnumerator(chunks.Bytes))
        {
            if (batch.IsControl)
                transactions.IsMarkerOfNothing(batch);
            else if (!transactions.IsAborted(batch))
            {
                var isRead = batch.IsLegacy ? MessageRetention.TryVisit(batch, ref notes) : batches.TryVisit(batch, ref notes);
                if (!isRead)
                    throw new UncleanableLog($"segment {segment} has malformed records at offset {batch.BaseOffset}");
            }
            if (notes.IsFull)
            {
                isFull = true;
                return;
            }
            if (batch.LastOffset >= firstDirtyOffset)
                map.PassOver(batch.LastOffset);
        }
    }

    private struct Notes(OffsetMap map, long firstDirtyOffset) : IRetention
    {
        public bool IsFull { get; private set; }

        public bool Keeps(long offset, ReadOnlySpan<byte> key, bool hasKey, bool hasValue)
        {
            if (!hasKey || offset < firstDirtyOffset)
                return true;
            if (map.IsFull)
                IsFull = true;
            else
                map.Put(key, offset);
            return !IsFull;
        }
    }
}
