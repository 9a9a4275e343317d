using System.Buffers;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>What was found in a segment that was read through.</summary>
/// <param name="CutBytes">How many bytes at its end were no sound batches.</param>
/// <param name="BeginsWithZeros">Whether what was cut begins as what was preallocated does.</param>
/// <param name="HasTransactions">Whether a batch of a transaction, or the marker of one, is in it.</param>
internal readonly record struct RecoveredSegment(int CutBytes, bool BeginsWithZeros, bool HasTransactions);

/// <summary>
/// Reads one segment through, cuts it at its last whole and sound batch and writes its indexes anew; that of transactions excepted, which
/// takes more than one segment to know. Nothing is flushed: as long as the log's recovery point is not past the segment, every start reads
/// it through, and the log flushes it before the recovery point moves there.
/// </summary>
internal static class SegmentRecovery
{
    private const int BufferBytes = 256 * 1024;
    /// <summary>How much of what is cut is looked at: of two thousand preallocated gigabytes not all.</summary>
    private const long ZerosBytes = 64 * 1024;

    /// <summary>Leader epochs that the log's file does not know yet are noted on the way.</summary>
    public static RecoveredSegment Recover(LogSegment segment, LeaderEpochFile leaderEpochs)
    {
        var sizeBefore = segment.SizeInBytes;
        segment.ResetIndexes();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var scanner = new BatchScanner(segment.File, 0, sizeBefore, buffer);
            var nextOffset = segment.BaseOffset;
            var hasTransactions = false;
            while (scanner.MoveNext() && BatchCheck.FaultOf(segment.File, scanner, segment.BaseOffset, nextOffset) is null)
            {
                if (scanner.Header.PartitionLeaderEpoch > leaderEpochs.Current.LatestEpoch)
                    leaderEpochs.Assign(scanner.Header.PartitionLeaderEpoch, scanner.Header.BaseOffset);
                segment.IndexBatch((int)scanner.Position, scanner.SizeInBytes, scanner.Header.LastOffset, scanner.Header.MaxTimestamp);
                hasTransactions |= scanner.Header.IsTransactional;
                nextOffset = scanner.Header.LastOffset + 1;
            }
            segment.AddLastTimeEntry();
            var position = (int)scanner.Position;
            var beginsWithZeros = ZeroBytes.AreAll(segment.File, position, Math.Min(sizeBefore, position + ZerosBytes));
            if (position < sizeBefore)
                segment.CutAt(position);
            segment.UnloadIndexes();
            return new RecoveredSegment(sizeBefore - position, beginsWithZeros, hasTransactions);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
