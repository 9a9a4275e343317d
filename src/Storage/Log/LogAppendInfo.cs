using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What is known of batches about to be written: their offsets, and their largest timestamp.</summary>
internal readonly record struct LogAppendInfo
{
    public static readonly LogAppendInfo None = new() { FirstOffset = -1, LastOffset = -1, MaxTimestamp = -1 };

    /// <summary>
    /// Where it begins with a message of format 0 or 1, which does not say without being decompressed, an offset from which on there is
    /// nothing before it in the log.
    /// </summary>
    public required long FirstOffset { get; init; }
    public required long LastOffset { get; init; }
    public long MaxTimestamp { get; init; }

    public LogAppendInfo With(RecordBatch batch) => new()
    {
        FirstOffset = FirstOffset < 0 ? batch.BaseOffset : FirstOffset,
        LastOffset = batch.LastOffset,
        MaxTimestamp = Math.Max(batch.MaxTimestamp, MaxTimestamp),
    };
}
