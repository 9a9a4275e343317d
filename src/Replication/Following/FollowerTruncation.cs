using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Replication.Following;

/// <summary>Where a follower cuts its log, and whether it agrees with the leader's from there on.</summary>
/// <param name="IsComplete">False when the leader has to be asked again, about the epoch that the log then ends with.</param>
public readonly record struct Truncation(long Offset, bool IsComplete);

/// <summary>
/// Decides where the log of a follower and that of its leader part, from where the leader says that an epoch ended. KIP-101, KIP-279. Pure.
/// </summary>
public static class FollowerTruncation
{
    /// <param name="leaderEnd">
    /// The largest epoch of the leader that is not larger than the one asked for, and its end; undefined where it has none.
    /// </param>
    /// <param name="own">The epochs of the follower's log.</param>
    /// <param name="logEndOffset">The follower's.</param>
    /// <param name="highWatermark">
    /// The follower's: what its leader has too for all that either knows, where the epochs tell nothing.
    /// </param>
    public static Truncation Decide(EpochEndOffset leaderEnd, LeaderEpochs own, long logEndOffset, long highWatermark)
    {
        if (leaderEnd.EndOffset < 0)
            return new Truncation(highWatermark, IsComplete: true);
        var ownEnd = leaderEnd.Epoch == LeaderEpoch.Unknown
            ? EpochEndOffset.Undefined
            : own.EndOffsetFor(leaderEnd.Epoch, logEndOffset);
        // A leader of before KIP-279 names no epoch; a log without epochs is from before KIP-101.
        if (ownEnd.EndOffset < 0)
            return new Truncation(Math.Min(leaderEnd.EndOffset, logEndOffset), IsComplete: true);
        return ownEnd.Epoch == leaderEnd.Epoch
            ? new Truncation(Math.Min(Math.Min(ownEnd.EndOffset, leaderEnd.EndOffset), logEndOffset), IsComplete: true)
            : new Truncation(Math.Min(ownEnd.EndOffset, logEndOffset), IsComplete: false);
    }
}
