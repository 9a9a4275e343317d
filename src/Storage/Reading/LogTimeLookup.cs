using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>
/// Finds records by their time: segments by their largest timestamp, batches by the indexes, records by reading the one batch. For
/// ListOffsets.
/// </summary>
internal static class LogTimeLookup
{
    public static TimestampAndOffset? FirstAtOrAfter(LogView view, long timestamp)
    {
        foreach (var segment in view.Segments)
        {
            if (segment.MaxTimestamp.Timestamp < timestamp)
                continue;
            var startOffset = Math.Max(segment.TimeIndex.LastAtMost(timestamp).Offset, view.LogStartOffset);
            if (FirstInSegment(segment, startOffset, timestamp, view.LogStartOffset) is { } found)
                return found;
        }
        return null;
    }

    public static TimestampAndOffset? Largest(LogView view)
    {
        var segment = view.Segments[0];
        foreach (var other in view.Segments)
        {
            if (other.MaxTimestamp.Timestamp > segment.MaxTimestamp.Timestamp)
                segment = other;
        }
        var largest = segment.MaxTimestamp;
        return largest.Timestamp < 0 ? null : FirstInSegment(segment, largest.Offset, largest.Timestamp, view.LogStartOffset);
    }

    private static TimestampAndOffset? FirstInSegment(LogSegment segment, long startOffset, long timestamp, long logStartOffset)
    {
        if (!segment.File.TryAddReference())
            return null;
        try
        {
            return Scan(segment, startOffset, timestamp, logStartOffset);
        }
        finally
        {
            segment.File.Release();
        }
    }

    private static TimestampAndOffset? Scan(LogSegment segment, long startOffset, long timestamp, long logStartOffset)
    {
        var scanner = new BatchScanner(
            segment.File, segment.OffsetIndex.PositionAtMost(startOffset), segment.SizeInBytes, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
            if (scanner.Header.MaxTimestamp < timestamp || scanner.Header.LastOffset < logStartOffset)
                continue;
            if (FirstInBatch(segment.File, scanner.Position, scanner.SizeInBytes, timestamp, logStartOffset) is { } found)
                return found;
        }
        return null;
    }

    private static TimestampAndOffset? FirstInBatch(IDiskFile file, long position, int sizeInBytes, long timestamp, long logStartOffset)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(sizeInBytes);
        try
        {
            if (file.Read(position, bytes.AsSpan(0, sizeInBytes)) < sizeInBytes)
                return null;
            var batch = new RecordBatch(bytes);
            if (batch.IsLegacy)
                return FirstOfMessages(batch, timestamp, logStartOffset);
            var first = new FirstRecord(batch, timestamp, logStartOffset);
            _ = RecordWalk.TryVisit(batch, Limits.DecompressedBatchBytes, ref first);
            return first.Found;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static TimestampAndOffset? FirstOfMessages(RecordBatch entry, long timestamp, long logStartOffset)
    {
        if (!MessageWalk.TryFindBaseOffset(entry, Limits.DecompressedBatchBytes, out var baseOffset))
            return null;
        var first = new FirstMessage(entry, baseOffset, timestamp, logStartOffset);
        _ = MessageWalk.Visit(entry, Limits.DecompressedBatchBytes, ref first);
        return first.Found;
    }

    private struct FirstMessage(RecordBatch entry, long baseOffset, long timestamp, long logStartOffset) : IMessageVisitor
    {
        private readonly long? timestampOfAll = entry.TimestampType == TimestampType.LogAppendTime ? entry.MaxTimestamp : null;

        public TimestampAndOffset? Found { get; private set; }

        public bool Visit(in LegacyMessage message)
        {
            var (offset, time) = (baseOffset + message.Offset, timestampOfAll ?? message.Timestamp);
            if (time >= timestamp && offset >= logStartOffset)
                Found = new TimestampAndOffset(time, offset, LeaderEpoch.Unknown);
            return Found is null;
        }
    }

    /// <summary>Looks for the first record that is as late, and not below the log's start.</summary>
    private struct FirstRecord(RecordBatch batch, long timestamp, long logStartOffset) : IRecordVisitor
    {
        private readonly long baseOffset = batch.BaseOffset;
        private readonly long baseTimestamp = batch.BaseTimestamp;
        private readonly long? timestampOfAll = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : null;
        private readonly LeaderEpoch leaderEpoch = batch.PartitionLeaderEpoch;

        public TimestampAndOffset? Found { get; private set; }

        public bool Visit(in RecordShape record)
        {
            var (offset, time) = (baseOffset + record.OffsetDelta, timestampOfAll ?? baseTimestamp + record.TimestampDelta);
            if (time >= timestamp && offset >= logStartOffset)
                Found = new TimestampAndOffset(time, offset, leaderEpoch);
            return Found is null;
        }
    }
}
