namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>Tombstones of a coordinator's partition in batches that every broker takes.</summary>
internal static class TombstoneBatches
{
    /// <summary>What a record takes beside its texts, at most.</summary>
    private const int RecordBytes = 32;

    /// <param name="tombstones">All of them.</param>
    /// <param name="textLength">
    /// How long a record's texts are, in UTF-16 code units, each of which takes three bytes of UTF-8 at most.
    /// </param>
    public static IEnumerable<List<TRecord>> Of<TRecord>(IEnumerable<TRecord> tombstones, Func<TRecord, int> textLength)
    {
        var (batch, sizeBytes) = (new List<TRecord>(), 0);
        foreach (var tombstone in tombstones)
        {
            var recordBytes = RecordBytes + (3 * textLength(tombstone));
            if (batch.Count > 0 && sizeBytes + recordBytes > Limits.TombstoneBatchBytes)
            {
                yield return batch;
                (batch, sizeBytes) = ([], 0);
            }
            batch.Add(tombstone);
            sizeBytes += recordBytes;
        }
        if (batch.Count > 0)
            yield return batch;
    }
}
