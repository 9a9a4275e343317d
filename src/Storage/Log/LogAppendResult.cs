namespace KafkaCompatBroker.Storage.Log;

/// <summary>What is wrong with one record of a refused batch. KIP-467.</summary>
public readonly record struct RecordError(int BatchIndex, string Message);

/// <summary>
/// What an append came to, as the produce answer needs it: offsets are −1 when nothing was appended. A repeated batch of an idempotent
/// producer gets the offsets it had the first time, and <see cref="IsDuplicate"/>.
/// </summary>
public readonly record struct LogAppendResult
{
    public required KafkaError Error { get; init; }
    public required long FirstOffset { get; init; }
    public required long LastOffset { get; init; }
    /// <summary>Set when the topic's timestamps are the log's, and for a duplicate; otherwise −1.</summary>
    public long LogAppendTimeMs { get; init; }
    /// <summary>−1 where Kafka leaves it unsaid.</summary>
    public long LogStartOffset { get; init; }
    public string? Message { get; init; }
    public IReadOnlyList<RecordError> RecordErrors { get; init; }
    public bool IsDuplicate { get; init; }

    internal static LogAppendResult Refused(
        KafkaError error, long logStartOffset = -1, string? message = null, IReadOnlyList<RecordError>? recordErrors = null) => new()
    {
        Error = error,
        FirstOffset = -1,
        LastOffset = -1,
        LogAppendTimeMs = -1,
        LogStartOffset = logStartOffset,
        Message = message,
        RecordErrors = recordErrors ?? [],
    };
}
