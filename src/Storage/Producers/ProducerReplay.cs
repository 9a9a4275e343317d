using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Brings the producers of a log up to its end by reading its batches.</summary>
internal static class ProducerReplay
{
    /// <summary>
    /// Sets the producers to what the log up to its end says, by the newest snapshot and the batches after it, and takes a snapshot there.
    /// </summary>
    /// <param name="recalledBytes">
    /// Of the log's end, at least this much is read, whatever the snapshots cover.
    /// See <see cref="ProducerStates.Recall"/>.
    /// </param>
    public static void Reload(
        ProducerStates producers, ProducerSnapshotFiles snapshots, IReadOnlyList<LogSegment> segments, long logStartOffset,
        long logEndOffset, long recalledBytes)
    {
        snapshots.Load(producers, logStartOffset, logEndOffset);
        var replayedFrom = producers.MapEndOffset;
        ReplayFromEnd(producers, segments);
        var first = segments.Count;
        for (var left = recalledBytes; first > 0 && left > 0; left -= segments[first].SizeInBytes)
            first--;
        if (first < segments.Count && segments[first].BaseOffset < replayedFrom)
            Recall(producers, segments[first].BaseOffset, segments);
        producers.MapEndOffset = logEndOffset;
        snapshots.Take(producers);
    }

    private static void ReplayFromEnd(ProducerStates producers, IReadOnlyList<LogSegment> segments)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            if (i + 1 < segments.Count && segments[i + 1].BaseOffset <= producers.MapEndOffset)
                continue;
            Replay(producers, segments[i]);
        }
    }

    private static void Recall(ProducerStates producers, long fromOffset, IReadOnlyList<LogSegment> segments)
    {
        var recent = producers.NewEmpty(fromOffset);
        try
        {
            ReplayFromEnd(recent, segments);
            producers.Recall(recent);
        }
        finally
        {
            recent.Release();
        }
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
