using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// One batch on its way: into the leader's log, then past the high watermark. Brings the log's answers back onto the shard's loop.
/// </summary>
internal sealed class ShardWrite<TRecord>(
    ILoop loop,
    IReadOnlyList<TRecord> records,
    Action<KafkaError> outcome,
    Action<ShardWrite<TRecord>> onAppended,
    Action<ShardWrite<TRecord>> onCommitted)
    : ICoordinatorAppend
    where TRecord : class
{
    public IReadOnlyList<TRecord> Records { get; } = records;

    /// <summary>None but for records of a producer's transaction.</summary>
    public ProducerIdAndEpoch Producer { get; init; } = ProducerIdAndEpoch.None;

    /// <inheritdoc cref="CoordinatorBatch.Guard"/>
    public VerificationGuard? Guard { get; init; }

    /// <summary>By the monotonic clock; who waits longer is answered with RequestTimedOut.</summary>
    public long DeadlineMs { get; set; }

    public long LastOffset { get; private set; } = -1;
    public KafkaError Error { get; private set; }
    public bool IsFinished { get; private set; }

    /// <summary>Null when a record does not fit into its schema.</summary>
    public KeyedBytes[]? TryEncode(ICoordinatorCodec<TRecord> codec)
    {
        var encoded = new KeyedBytes[Records.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            if (codec.Encode(Records[i]) is not { } record)
                return null;
            encoded[i] = record;
        }
        return encoded;
    }

    public void Appended(KafkaError error, long lastOffset) => loop.Post(() =>
    {
        (Error, LastOffset) = (error, lastOffset);
        onAppended(this);
    });

    public void Committed(KafkaError error) => loop.Post(() =>
    {
        Error = error;
        onCommitted(this);
    });

    /// <summary>Tells the outcome, the first time only.</summary>
    public void Finish(KafkaError error)
    {
        if (IsFinished)
            return;
        IsFinished = true;
        outcome(error);
    }
}
