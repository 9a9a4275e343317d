namespace KafkaCompatBroker.Replication.Following;

/// <summary>How a step of following its leader went for a partition.</summary>
public enum FollowerStepResult
{
    Done = 0,
    /// <summary>The log was cut, and the leader has to be asked once more where it and this one part.</summary>
    TruncatedFurther,
    /// <summary>The records are damaged, maybe on their way; nothing was written, and they can be fetched again.</summary>
    Corrupt,
    /// <summary>This replica cannot follow: the controller's next decision may make it another start.</summary>
    Failed,
    /// <summary>This broker does not follow in that leader epoch any more, is told to stop, or has lost the log's disk.</summary>
    Ended,
}

/// <summary>What a step came to, and where the follower's log is now.</summary>
/// <param name="Reason">Why, in words, where the result is a failure.</param>
public readonly record struct FollowerStep(FollowerStepResult Result, FollowerPosition Position, string? Reason = null)
{
    public static readonly FollowerStep Ended = new(FollowerStepResult.Ended, default);
}

/// <summary>Where a follower's log is. LogStartOffset ≤ HighWatermark ≤ LogEndOffset.</summary>
/// <param name="LatestEpoch">The newest leader epoch that the log knows of; Unknown when it knows none.</param>
/// <param name="HasTruncated">Whether the step cut the log, so that recovery points may lie beyond its end.</param>
/// <param name="IsAcknowledgeable">
/// Whether the log's end may be fetched from, which tells the leader that this replica has all before it: not while a flush is waited for
/// that <c>flush.messages</c> asks for.
/// </param>
public readonly record struct FollowerPosition(
    long LogStartOffset, long HighWatermark, long LogEndOffset, LeaderEpoch LatestEpoch, bool HasTruncated, bool IsAcknowledgeable);

/// <summary>What a leader answered to a fetch of one partition.</summary>
/// <param name="FetchOffset">What was asked for.</param>
/// <param name="Records">Whole batches from there on, and maybe a part of one more; valid during the step.</param>
public readonly record struct FetchedRecords(long FetchOffset, ReadOnlyMemory<byte> Records, long HighWatermark, long LogStartOffset);
