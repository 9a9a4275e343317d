using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>
/// One fetch that waits for more bytes: registered on each of its partitions, it completes once with the first of enough bytes, an error or
/// change of leadership on any of them, its deadline, or the end of its connection. Nothing is polled: partitions tell it when their end
/// moves. It only says that it is time to read again.
/// </summary>
public sealed class FetchWaiter : ILoopWork
{
    // The continuation reads partitions and answers the client; it must not run on the loop that woke it.
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FetchWatch[] watches;
    private readonly long minBytes;
    private long availableBytes;
    private IDisposable? timer;

    /// <param name="reads">What was asked of each partition, and what it gave.</param>
    public FetchWaiter(IReadOnlyList<WatchedRead> reads, int minBytes)
    {
        this.minBytes = minBytes;
        watches = new FetchWatch[reads.Count];
        for (var index = 0; index < watches.Length; index++)
        {
            watches[index] = new FetchWatch(this, reads[index]);
            availableBytes += reads[index].Outcome.Length;
        }
    }

    public bool IsCompleted => completion.Task.IsCompleted;

    /// <summary>One byte more is enough, so sizes need not be looked at.</summary>
    internal bool WantsAnything => minBytes <= 1;

    /// <summary>Waits at most <paramref name="maxWait"/>.</summary>
    /// <param name="timers">The loop that keeps the deadline.</param>
    public async Task Wait(ILoop timers, TimeSpan maxWait, CancellationToken closed)
    {
        timer = timers.Schedule(maxWait, this);
        using var registration = closed.UnsafeRegister(static waiter => ((FetchWaiter)waiter!).Complete(), this);
        foreach (var watch in watches)
        {
            if (IsCompleted)
                break;
            watch.Begin();
        }
        await completion.Task;
        timer.Dispose();
        foreach (var watch in watches)
            watch.End();
    }

    /// <summary>The deadline.</summary>
    void ILoopWork.Run() => Complete();

    internal void Complete() => completion.TrySetResult();

    /// <summary>A partition has so many bytes more than before (or fewer, after a truncation).</summary>
    internal void Add(long bytes)
    {
        if (Interlocked.Add(ref availableBytes, bytes) >= minBytes)
            Complete();
    }
}

/// <summary>A read that gave less than a fetch waits for.</summary>
public readonly record struct WatchedRead(Partition Partition, ReadRequest Request, ReadOutcome Outcome);
