using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>
/// A waiting fetch on one of its partitions: a node of that partition's list, and the work item that enters and leaves it. Its fields
/// change only on the partition's loop.
/// </summary>
internal sealed class FetchWatch(FetchWaiter waiter, WatchedRead read) : ILoopWork
{
    private long seenBytes = read.Outcome.Length;
    private PartitionSnapshot seen = read.Outcome.Snapshot!;
    private volatile bool ended;
    private bool begun;

    public FetchWatch? Previous { get; set; }
    public FetchWatch? Next { get; set; }
    public bool IsListed { get; set; }

    public void Begin()
    {
        begun = true;
        read.Partition.Enter(this);
    }

    public void End()
    {
        ended = true;
        if (begun)
            read.Partition.Enter(this);
    }

    /// <summary>
    /// Joins the list, or leaves it once the fetch has ended. What happened between the read and now is looked at here, so no wake-up is
    /// lost.
    /// </summary>
    public void Run()
    {
        if (ended)
        {
            read.Partition.FetchWatches.Remove(this);
            return;
        }
        read.Partition.FetchWatches.Add(this);
        Look(read.Partition.Snapshot);
    }

    /// <summary>The partition has a new snapshot.</summary>
    public void Look(PartitionSnapshot now)
    {
        if (!ReferenceEquals(
            now.Leadership,
            seen.Leadership) || read.Request.FetchOffset > now.LogEndOffset || read.Request.FetchOffset < now.LogStartOffset)
        {
            waiter.Complete();
            return;
        }
        var isolation = read.Request.Isolation;
        if (now.EndFor(isolation) <= seen.EndFor(isolation))
            return;
        seen = now;
        if (waiter.WantsAnything)
        {
            waiter.Complete();
            return;
        }
        using var again = new CountedRead(read.Partition, read.Request);
        waiter.Add(again.Length - seenBytes);
        seenBytes = again.Length;
    }

    /// <summary>Reads only to learn how many bytes there are.</summary>
    private readonly ref struct CountedRead(Partition partition, ReadRequest request)
    {
        private readonly ReadOutcome outcome = partition.Read(request, atLeastOneBatch: true);

        public int Length => outcome.Length;

        public void Dispose() => outcome.Release();
    }
}

/// <summary>The fetches that wait on one partition; touched only on its loop.</summary>
internal sealed class FetchWatches
{
    private FetchWatch? first;

    public void Add(FetchWatch watch)
    {
        if (watch.IsListed)
            return;
        watch.IsListed = true;
        watch.Next = first;
        first?.Previous = watch;
        first = watch;
    }

    public void Remove(FetchWatch watch)
    {
        if (!watch.IsListed)
            return;
        watch.IsListed = false;
        if (watch.Previous is { } previous)
            previous.Next = watch.Next;
        else
            first = watch.Next;
        watch.Next?.Previous = watch.Previous;
        watch.Previous = watch.Next = null;
    }

    public void Look(PartitionSnapshot now)
    {
        var watch = first;
        while (watch is not null)
        {
            // A watch may leave the list inside its own call.
            var next = watch.Next;
            watch.Look(now);
            watch = next;
        }
    }
}
