using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// What became of an append. On an error nothing was written, but for NotEnoughReplicasAfterAppend, RequestTimedOut, NotLeaderOrFollower of
/// a waiting append, and UnknownServerError, a bug of ours, behind which the records may be in the log.
/// </summary>
/// <param name="FirstOffset">The offset of the first record; −1 on an error.</param>
/// <param name="LastOffset">Inclusive.</param>
/// <param name="LogAppendTimeMs">The time given to all records by a topic with LogAppendTime; −1 otherwise.</param>
/// <param name="Message">Why, for the producer, when an error has more to say than its name.</param>
public readonly record struct AppendOutcome(
    KafkaError Error,
    long FirstOffset,
    long LastOffset,
    long LogAppendTimeMs,
    long LogStartOffset,
    string? Message,
    IReadOnlyList<RecordError>? RecordErrors)
{
    public static AppendOutcome Failed(KafkaError error, string? message = null) => new(error, -1, -1, -1, -1, message, null);
}
