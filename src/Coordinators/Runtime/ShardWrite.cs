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
{
    public IReadOnlyList<TRecord> Records { get; } = records;

    /// <summary>By the monotonic clock; who waits longer is answered with RequestTimedOut.</summary>
    public long DeadlineMs { get; set; }

    public long LastOffset { get; private set; } = -1;
    public KafkaError Error { get; private set; }
    public bool IsFinished { get; private set; }

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
