using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What the files beside a log's segments say of where it begins and ends; −1 where they say nothing.</summary>
/// <param name="FirstEpochStart">Where the first leader epoch begins: retention moves that together with the log's start.</param>
internal readonly record struct CheckpointedOffsets(long FirstEpochStart, long LogStart, long RecoveryPoint, long HighWatermark);

/// <summary>
/// Tells that records are gone which were there when the broker ended, with what the checkpoints say and what was found: a disk or an
/// operator has lost them, and otherwise the log would only seem to be shorter. Nothing is deleted for it. Pure.
/// </summary>
internal static class LostRecords
{
    /// <param name="segments">As found, in order; next offsets are exclusive.</param>
    /// <param name="mayHaveHoles">Compaction makes them rightly.</param>
    public static IEnumerable<string> Describe(
        IReadOnlyList<(long BaseOffset, long NextOffset)> segments, CheckpointedOffsets checkpoints, bool mayHaveHoles)
    {
        var (first, end) = (segments[0].BaseOffset, segments[^1].NextOffset);
        if (checkpoints.FirstEpochStart >= 0 && checkpoints.FirstEpochStart < first)
            yield return $"first records are gone: {LeaderEpochFile.FileName} says {checkpoints.FirstEpochStart}, "
                + $"the log begins at {first}";
        for (var i = 0; i + 1 < segments.Count && !mayHaveHoles; i++)
        {
            if (segments[i].NextOffset < segments[i + 1].BaseOffset)
                yield return $"records in the middle are gone: a segment ends at {segments[i].NextOffset}, the next begins at "
                    + $"{segments[i + 1].BaseOffset}; those behind are kept";
        }
        if (checkpoints.RecoveryPoint > end || checkpoints.HighWatermark > end)
        {
            var (name, offset) = checkpoints.RecoveryPoint >= checkpoints.HighWatermark
                ? (OffsetCheckpointFile.RecoveryPoint, checkpoints.RecoveryPoint)
                : (OffsetCheckpointFile.HighWatermark, checkpoints.HighWatermark);
            yield return $"last records are gone: {name} says {offset}, the log ends at {end}";
        }
        if (checkpoints.LogStart > end)
            yield return $"{OffsetCheckpointFile.LogStartOffset} says {checkpoints.LogStart}, beyond the log's end at {end}; it begins at "
                + $"{first}";
    }
}
