namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// A shard's writes that are in the leader's log and wait for their commit, in the order of the log, with one timer for the oldest of them.
/// On its shard's loop.
/// </summary>
internal sealed class UncommittedWrites<TRecord>
    where TRecord : class
{
    private readonly Queue<ShardWrite<TRecord>> writes = new();
    private readonly ShardTimer timer;
    private readonly Func<long> uptimeMs;

    public UncommittedWrites(IShardContext<TRecord> context, Func<long> uptimeMs)
        => (timer, this.uptimeMs) = (context.CreateTimer(FailOverdue), uptimeMs);

    public bool IsEmpty => writes.Count == 0;

    public void Add(ShardWrite<TRecord> write)
    {
        writes.Enqueue(write);
        if (!timer.IsArmed)
            timer.Arm(write.DeadlineMs - uptimeMs());
    }

    public void RemoveFinished()
    {
        while (writes.TryPeek(out var first) && first.IsFinished)
            writes.Dequeue();
    }

    public void StopTimer() => timer.Cancel();

    /// <summary>When one throws, the others are still here.</summary>
    public void FinishAll(KafkaError error)
    {
        while (writes.TryDequeue(out var write))
            write.Finish(error);
    }

    /// <summary>Answers those who waited too long; their records stay in the log and in the state, and may still be committed.</summary>
    private void FailOverdue()
    {
        try
        {
            while (writes.TryPeek(out var first) && (first.IsFinished || first.DeadlineMs <= uptimeMs()))
            {
                writes.Dequeue();
                first.Finish(KafkaError.RequestTimedOut);
            }
        }
        finally
        {
            if (writes.TryPeek(out var next))
                timer.Arm(next.DeadlineMs - uptimeMs());
        }
    }
}
