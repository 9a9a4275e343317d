using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetching;

/// <summary>
/// A waiting fetch as one of its partitions knows it: a node of that partition's <see cref="SnapshotWatches"/>, and also the work item
/// that enters the node or takes it out again when the partition's loop runs it. It looks at each new snapshot and tells the fetch when
/// bytes have come or when the fetch can no longer be answered as it was asked. What it has seen changes only on the partition's loop.
/// </summary>
internal sealed class FetchWatch(FetchWaiter waiter, WatchedRead read) : SnapshotWatch, ILoopWork
{
    // What the read before the wait saw and gave, so that only what comes on top of it is counted.
    private PartitionSnapshot seen = read.Outcome.Snapshot!;
    private long seenBytes = read.Outcome.Length;
    // Set on the fetch's thread, once, before its second trip to the loop.
    private volatile bool hasEnded;
    private bool hasBegun;

    /// <summary>The fetch waits: brings this to the partition's loop, to be entered.</summary>
    public void Begin()
    {
        hasBegun = true;
        read.Partition.Loop.RunOrPost(this);
    }

    /// <summary>The fetch has ended: brings this to the partition's loop again, to be taken out.</summary>
    public void End()
    {
        hasEnded = true;
        if (hasBegun)
            read.Partition.Loop.RunOrPost(this);
    }

    public void Run()
    {
        if (hasEnded)
        {
            read.Partition.Watches.Remove(this);
            return;
        }
        read.Partition.Watches.Add(this);
        // What changed between the read and now would otherwise wake nobody.
        Look(read.Partition.Snapshot);
    }

    public override void Look(PartitionSnapshot now)
    {
        var offset = read.Request.FetchOffset;
        if (!ReferenceEquals(now.Leadership, seen.Leadership) || offset > now.LogEndOffset || offset < now.LogStartOffset)
        {
            waiter.Complete();
            return;
        }
        var isolation = read.Request.Isolation;
        if (now.EndFor(isolation) <= seen.EndFor(isolation) || read.Outcome.IsThrottled)
            return;
        seen = now;
        if (waiter.WantsAnything)
        {
            waiter.Complete();
            return;
        }
        var bytes = CountBytes();
        waiter.Add(bytes - seenBytes);
        seenBytes = bytes;
    }

    /// <summary>Reads again only to learn how many bytes there are.</summary>
    private long CountBytes()
    {
        var again = read.Partition.Read(read.Request, atLeastOneBatch: true);
        again.Release();
        return again.Length;
    }
}
