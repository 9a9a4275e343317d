using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>One record as bytes; a null value is a tombstone.</summary>
public readonly record struct KeyedBytes(byte[] Key, byte[]? Value);

/// <summary>The records of one event: written as one batch, so that all of them are in the log or none is.</summary>
public sealed record CoordinatorBatch(IReadOnlyList<KeyedBytes> Records, long TimestampMs)
{
    /// <summary>None but for a batch that belongs to a producer's transaction.</summary>
    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;
    public bool IsTransactional => !Producer.IsNone;

    /// <summary>Allows the transaction's first batch in this log; null where it is open already, or nothing is verified. KIP-890.</summary>
    public VerificationGuard? Guard { get; init; }
}

/// <summary>One record read back.</summary>
public readonly record struct LoadedRecord(long Offset, byte[]? Key, byte[]? Value);

/// <summary>A transaction's end as the log tells it.</summary>
public enum TransactionMarker
{
    None = 0,
    Commit,
    Abort,
}

/// <summary>One batch read back; a control batch has a marker and no records.</summary>
public sealed record LoadedBatch(
    long LastOffset, ProducerIdAndEpoch Producer, bool IsTransactional, TransactionMarker Marker, IReadOnlyList<LoadedRecord> Records);

/// <summary>Whole batches from a start offset on; none when there is nothing more to read.</summary>
public readonly record struct LoadedChunk(KafkaError Error, IReadOnlyList<LoadedBatch> Batches)
{
    public static LoadedChunk Failed(KafkaError error) => new(error, []);
}

/// <summary>
/// What becomes of one append. Called on any thread: <see cref="Appended"/> exactly once, then, if that was without error,
/// <see cref="Committed"/> exactly once. Appends of one log are answered in the order they were made.
/// </summary>
public interface ICoordinatorAppend
{
    /// <summary>The batch is in the leader's log, or (on error) nowhere.</summary>
    void Appended(KafkaError error, long lastOffset);

    /// <summary>
    /// The high watermark has passed the batch; an error says that it cannot be told any more (leadership lost) or that too few replicas
    /// have it.
    /// </summary>
    void Committed(KafkaError error);
}

/// <summary>The seam between a coordinator shard and the partition of the internal topic that holds its records.</summary>
public interface ICoordinatorLog
{
    TopicPartition Partition { get; }
    long LogStartOffset { get; }
    /// <summary>Exclusive.</summary>
    long LogEndOffset { get; }
    /// <summary>Exclusive; may be read from any thread.</summary>
    long HighWatermark { get; }

    /// <summary>
    /// Appends as leader of that epoch with acks −1; refused (NotLeaderOrFollower) when leadership is another's or newer.
    /// </summary>
    void Append(CoordinatorBatch batch, LeaderEpoch leaderEpoch, ICoordinatorAppend outcome);

    /// <summary>
    /// Batches from the one that holds <paramref name="startOffset"/> on, up to the log end and about <paramref name="maxBytes"/>, at least
    /// one if there is any.
    /// </summary>
    LoadedChunk Read(long startOffset, int maxBytes);
}
