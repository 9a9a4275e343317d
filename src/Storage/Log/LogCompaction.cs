using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// The steps of a compaction that change the log: its beginning, each replacement of segments by what a cleaner has made of them, and its
/// end. Touched only by the log's writer.
/// </summary>
internal sealed class LogCompaction(LogState state)
{
    /// <summary>Null when another cleaner has begun one, or the log is being copied.</summary>
    public LogCleaning? Begin()
    {
        state.Lifetime.RequireUsable();
        if (state.Cleaning is not null || !state.Config.IsCompacted || state.ReadOnly.IsCleaningPaused)
            return null;
        return state.Cleaning = new LogCleaning(state.View, state.Config, state.Options.ForSegments(state.Config))
        {
            Producers = state.Producers.Producers.ToDictionary(
                producer => producer.ProducerId,
                producer => new LastProducerRecord(producer.LastBatch?.LastOffset, producer.Epoch)),
        };
    }

    /// <summary>
    /// Puts the cleaned segment, which is durable, in the place of the segments that it was made of; from then on it is the log's. False
    /// when the compaction was aborted, and then it is deleted.
    /// </summary>
    /// <param name="cleaning">As <see cref="Begin"/> gave it.</param>
    /// <param name="sources">Neighbours in the log, the active segment not among them.</param>
    /// <param name="cleaned">What was made of them.</param>
    /// <param name="cleanedEndOffset">Past the last offset in it.</param>
    public bool Replace(LogCleaning cleaning, LogSegment[] sources, LogSegment cleaned, long cleanedEndOffset)
    {
        state.Lifetime.RequireOwner();
        if (!ReferenceEquals(state.Cleaning, cleaning) || cleaning.IsAborted)
        {
            cleaned.DeleteFiles();
            return false;
        }
        state.Lifetime.Change(() =>
        {
            var before = state.View;
            var first = Array.IndexOf(before.Segments, sources[0]);
            // All else that takes segments away aborts a compaction or waits for its end.
            Invariant.Holds(
                first >= 0 && first + sources.Length < before.Segments.Length
                && before.Segments.AsSpan(first, sources.Length).SequenceEqual(sources));
            state.Files.Replace(sources, cleaned, cleanedEndOffset);
            state.Publish(
                [.. before.Segments[..first], cleaned, .. before.Segments[(first + sources.Length)..]], before.LogStartOffset,
                before.LogEndOffset);
        });
        return true;
    }

    /// <summary>Ends the compaction; from the offset on the next one has records that none has seen.</summary>
    public void End(LogCleaning cleaning, long firstDirtyOffset)
    {
        if (GiveUp(cleaning) && !cleaning.IsAborted)
            state.ReadOnly.FirstDirtyOffset = firstDirtyOffset;
    }

    /// <summary>Ends the compaction where it stands; false when it has ended.</summary>
    public bool GiveUp(LogCleaning cleaning)
    {
        state.Lifetime.RequireOwner();
        if (!ReferenceEquals(state.Cleaning, cleaning))
            return false;
        state.Cleaning = null;
        return true;
    }

    /// <summary>Compaction leaves the log alone from here on.</summary>
    public void MarkUncleanable()
    {
        state.Lifetime.RequireOwner();
        state.ReadOnly.IsUncleanable = true;
    }

    /// <summary>Ends a compaction that the log leaves its loop in.</summary>
    public void Abort()
    {
        state.Cleaning?.Abort();
        state.Cleaning = null;
    }
}
