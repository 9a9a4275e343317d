using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>Writes the transaction indexes of segments anew, after a crash that they may not have survived. KIP-98.</summary>
internal static class TransactionReindex
{
    /// <summary>
    /// Makes the indexes of the segments from <paramref name="first"/> on say what the batches say.
    /// <paramref name="scratch"/> is used to follow the producers.
    /// </summary>
    public static void Run(IReadOnlyList<LogSegment> segments, int first, ProducerSnapshotFiles snapshots, ProducerStates scratch)
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
