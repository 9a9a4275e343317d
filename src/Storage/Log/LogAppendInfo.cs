using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// What is known of batches about to be written: their offsets, and their largest timestamp with the last offset of the batch that has it.
/// </summary>
internal readonly record struct LogAppendInfo
{
    public static readonly LogAppendInfo None = new() { FirstOffset = -1, LastOffset = -1, MaxTimestamp = -1, OffsetOfMaxTimestamp = -1 };

    /// <summary>
    /// Where it begins with a message of format 0 or 1, which does not say without being decompressed, an offset from which on there is
    /// nothing before it in the log.
    /// </summary>
    public required long FirstOffset { get; init; }
    public required long LastOffset { get; init; }
    public long MaxTimestamp { get; init; }
    public long OffsetOfMaxTimestamp { get; init; }

    public LogAppendInfo With(RecordBatch batch)
    {
        var isLater = batch.MaxTimestamp > MaxTimestamp;
        return new LogAppendInfo
        {
            FirstOffset = FirstOffset < 0 ? batch.BaseOffset : FirstOffset,
            LastOffset = batch.LastOffset,
            MaxTimestamp = isLater ? batch.MaxTimestamp : MaxTimestamp,
            OffsetOfMaxTimestamp = isLater ? batch.LastOffset : OffsetOfMaxTimestamp,
        };
    }
}
