using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Storage.Moving;

/// <summary>What a step of copying a log came to.</summary>
public enum CopyResult
{
    /// <summary>A piece was copied.</summary>
    Copied = 0,
    /// <summary>The copy was cut, and recovery points have to be written before it grows again.</summary>
    Truncated,
    /// <summary>Both logs have the same end.</summary>
    CaughtUp,
    /// <summary>Nothing could be read now; the log is being changed, or has no record up to its end.</summary>
    Nothing,
    /// <summary>What was read does not continue the copy.</summary>
    Failed,
}

/// <summary>A step of copying a log.</summary>
/// <param name="Bytes">How many were copied.</param>
/// <param name="Reason">Why, in words, where the result is a failure.</param>
public readonly record struct CopyStep(CopyResult Result, int Bytes = 0, string? Reason = null);

/// <summary>A log as its copying begins, seen where it is changed.</summary>
/// <param name="FirstDirtyOffset">Where its compaction goes on; −1 where there was none.</param>
public sealed record CopiedLog(
    TopicId TopicId, LeaderEpochs LeaderEpochs, long LogStartOffset, long LogEndOffset, long FirstDirtyOffset);
