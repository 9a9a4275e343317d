namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The deletions of records that wait for other replicas, each until its own deadline. They wait on across leader epochs for as long as
/// this broker leads. Touched only on the partition's loop. Bounded by the requests in flight: each connection has a bounded number of
/// them.
/// </summary>
internal sealed class DeletionWaiters(ILoop loop)
{
    private readonly List<Waiter> waiters = [];

    public int Count => waiters.Count;

    /// <param name="deletion">The log's start has been raised for it.</param>
    /// <param name="offset">What the low watermark has to reach.</param>
    /// <param name="lowWatermark">As of now: what the answer says when the time is over.</param>
    public void Add(RecordDeletion deletion, long offset, long lowWatermark)
    {
        Invariant.Holds(loop.IsCurrent);
        var waiter = new Waiter(deletion, offset);
        waiter.Deadline = loop.Schedule(deletion.Timeout, () =>
        {
            if (waiters.Remove(waiter))
                deletion.Complete(new DeletionOutcome(KafkaError.RequestTimedOut, lowWatermark));
        });
        waiters.Add(waiter);
    }

    /// <summary>Answers the deletions whose offset the low watermark has reached.</summary>
    public void Reach(long lowWatermark)
    {
        Invariant.Holds(loop.IsCurrent);
        Complete(waiter => waiter.Offset <= lowWatermark, new DeletionOutcome(KafkaError.None, lowWatermark));
    }

    /// <summary>Ends the wait of all, because this broker leads no more.</summary>
    public void RefuseAll(KafkaError error)
    {
        Invariant.Holds(loop.IsCurrent);
        Complete(static _ => true, DeletionOutcome.Failed(error));
    }

    private void Complete(Predicate<Waiter> isDone, DeletionOutcome outcome)
    {
        waiters.RemoveAll(waiter =>
        {
            if (!isDone(waiter))
                return false;
            waiter.Deadline?.Dispose();
            waiter.Deletion.Complete(outcome);
            return true;
        });
    }

    private sealed class Waiter(RecordDeletion deletion, long offset)
    {
        public RecordDeletion Deletion => deletion;
        public long Offset => offset;
        public IDisposable? Deadline { get; set; }
    }
}
