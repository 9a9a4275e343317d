namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The appends that wait for an offset of the log, the high watermark or what the leader has flushed, to pass their records: least offset
/// first, each until its own deadline if it has one. They wait on across leader epochs for as long as this broker leads. Touched only on
/// the partition's loop. Bounded by the requests in flight: each connection has a bounded number of them.
/// </summary>
internal sealed class ProduceWaiters(ILoop loop)
{
    private readonly ILoop loop = loop;
    private readonly PriorityQueue<LeaderAppend, long> byLastOffset = new();

    public int Count => byLastOffset.Count;

    public void Add(LeaderAppend append, TimeSpan timeout)
    {
        var deadline = new Deadline(this, append);
        append.Deadline = deadline;
        deadline.Start(timeout);
        Add(append);
    }

    /// <summary>Waits for as long as it takes.</summary>
    public void Add(LeaderAppend append)
    {
        Invariant.Holds(loop.IsCurrent);
        byLastOffset.Enqueue(append, append.Outcome.LastOffset);
    }

    /// <summary>Takes one waiter out whose records the offset, which is exclusive, has passed; false when there is none.</summary>
    public bool TryTakePassed(long offset, out LeaderAppend append)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!byLastOffset.TryPeek(out append!, out var lastOffset) || lastOffset >= offset)
            return false;
        byLastOffset.Dequeue();
        StopDeadline(append);
        return true;
    }

    /// <summary>Ends the wait of all, because this broker leads no more.</summary>
    public void RefuseAll(KafkaError error)
    {
        Invariant.Holds(loop.IsCurrent);
        while (byLastOffset.TryDequeue(out var append, out _))
        {
            StopDeadline(append);
            append.Complete(append.Outcome with { Error = error });
        }
    }

    private void TimeOut(LeaderAppend append)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!byLastOffset.Remove(append, out _, out _))
            return;
        append.Deadline = null;
        append.Complete(append.Outcome with { Error = KafkaError.RequestTimedOut });
    }

    private static void StopDeadline(LeaderAppend append)
    {
        append.Deadline?.Dispose();
        append.Deadline = null;
    }

    /// <summary>
    /// Ends an append's wait. An object of its own, since the append is reused while its timer may already be queued on the loop.
    /// </summary>
    private sealed class Deadline(ProduceWaiters waiters, LeaderAppend append) : ILoopWork, IDisposable
    {
        private IDisposable? timer;

        public void Start(TimeSpan timeout) => timer = waiters.loop.Schedule(timeout, this);

        public void Run()
        {
            if (ReferenceEquals(append.Deadline, this))
                waiters.TimeOut(append);
        }

        public void Dispose() => timer?.Dispose();
    }
}
