namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The appends with acks −1 that wait for the high watermark, least offset first. Touched only on the partition's loop. Bounded by the
/// requests in flight: each connection has a bounded number of them.
/// </summary>
internal sealed class ProduceWaiters
{
    private readonly PriorityQueue<PendingAppend, long> byLastOffset = new();

    public int Count => byLastOffset.Count;

    public void Add(PendingAppend append) => byLastOffset.Enqueue(append, append.Outcome.LastOffset);

    /// <summary>Takes one waiter out whose records the high watermark has passed; false when there is none.</summary>
    public bool TryTakePassed(long highWatermark, out PendingAppend append)
    {
        if (!byLastOffset.TryPeek(out append!, out var lastOffset) || lastOffset >= highWatermark)
            return false;
        byLastOffset.Dequeue();
        return true;
    }

    /// <summary>Takes a waiter out whose time is up; false when it has been completed before.</summary>
    public bool TryTake(PendingAppend append) => byLastOffset.Remove(append, out _, out _);

    /// <summary>Takes any waiter out; false when there is none.</summary>
    public bool TryTakeAny(out PendingAppend append) => byLastOffset.TryDequeue(out append!, out _);
}
