using KafkaCompatBroker.Replication.Quotas;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Moves;

/// <summary>What all workers that move logs share.</summary>
internal sealed record MoveServices
{
    public required ILoops Loops { get; init; }
    public required ILog Log { get; init; }
    /// <summary>Bounds what all of them copy together.</summary>
    public required ReplicationQuota Quota { get; init; }
    /// <summary>How long a move rests that cannot go on, and all while the quota is exceeded.</summary>
    public required TimeSpan Backoff { get; init; }
    /// <summary>
    /// Puts the copy, which no loop has then, in the place of the log that it is of; false when it has not all of it, or the move was
    /// cancelled. Callable from anywhere.
    /// </summary>
    public required Func<LogMove, ReadOnlyLog, Task<bool>> Finish { get; init; }
    /// <summary>Done when no recovery point on disk lies beyond the end of a copy that was cut. Callable from anywhere.</summary>
    public required Func<Task> WriteRecoveryPoints { get; init; }
    /// <summary>Takes the log dir offline in which the operation failed. Callable from anywhere.</summary>
    public required Action<DiskError> DiskFailed { get; init; }
    /// <summary>The worker has let the move go before its end. Callable from anywhere.</summary>
    public required Action<LogMove> GivenUp { get; init; }
}
