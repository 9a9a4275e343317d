using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Finds what in a log is of transactions that were not committed. KIP-98.</summary>
internal static class UncommittedTransactions
{
    /// <summary>The last offset of any transaction that is open or was aborted, its marker included; −1 when there is none.</summary>
    public static long LastOffset(IReadOnlyList<LogSegment> segments, ProducerStates producers)
    {
        var lastOffset = -1L;
        foreach (var segment in segments)
        {
            if (segment.AbortedTransactions.Entries is [.., var aborted])
                lastOffset = aborted.LastOffset;
        }
        foreach (var producer in producers.Producers)
        {
            if (producer.CurrentTxnFirstOffset >= 0)
                lastOffset = Math.Max(lastOffset, Math.Max(producer.CurrentTxnFirstOffset, producer.LastBatch?.LastOffset ?? -1));
        }
        return lastOffset;
    }

    /// <summary>
    /// Makes the transaction indexes of the segments from <paramref name="first"/> on say what the batches say, as after a crash which they
    /// may not have survived. <paramref name="scratch"/> is used to follow the producers.
    /// </summary>
    public static void Reindex(
        IReadOnlyList<LogSegment> segments, int first, ProducerSnapshotFiles snapshots, ProducerStates scratch)
    {
        snapshots.LoadForLook(scratch, atLeast: segments[0].BaseOffset, atMost: segments[first].BaseOffset);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i < first && segments[i + 1].BaseOffset <= scratch.MapEndOffset)
                continue;
            var aborted = new List<AbortedTransaction>();
            ProducerReplay.Replay(scratch, segments[i], aborted);
            if (i >= first)
                segments[i].AbortedTransactions.Replace(aborted);
        }
    }
}
