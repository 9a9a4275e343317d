using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Brings the producers of a log up to its end by reading its batches.</summary>
internal static class ProducerReplay
{
    /// <summary>
    /// Sets the producers to what the log up to its end says, by the newest snapshot and the batches after it, and takes a snapshot there.
    /// </summary>
    public static void Reload(
        ProducerStates producers, ProducerSnapshotFiles snapshots, IReadOnlyList<LogSegment> segments, long logStartOffset,
        long logEndOffset)
    {
        snapshots.Load(producers, logStartOffset, logEndOffset);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i + 1 < segments.Count && segments[i + 1].BaseOffset <= producers.MapEndOffset)
                continue;
            Replay(producers, segments[i]);
        }
        producers.MapEndOffset = logEndOffset;
        snapshots.Take(producers);
    }

    /// <summary>
    /// Applies the batches of a segment from where the producers end, and adds the transactions that they abort to
    /// <paramref name="aborted"/>.
    /// </summary>
    public static void Replay(ProducerStates producers, LogSegment segment, List<AbortedTransaction>? aborted = null)
    {
        var start = segment.Locate(producers.MapEndOffset, segment.SizeInBytes);
        var scanner = new BatchScanner(segment.File, start.Position, segment.SizeInBytes, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
            if (!scanner.Header.HasProducerId)
                continue;
            if (!scanner.Header.IsControl)
            {
                producers.Apply(scanner.Header);
                continue;
            }
            var marker = new byte[scanner.SizeInBytes];
            if (segment.File.Read(scanner.Position, marker) == marker.Length
                && producers.Apply(new RecordBatch(marker)) is { } transaction)
                aborted?.Add(transaction);
        }
    }
}
