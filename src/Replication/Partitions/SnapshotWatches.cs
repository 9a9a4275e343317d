namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>One who is told of each new snapshot of a partition: a node of the partition's <see cref="SnapshotWatches"/>.</summary>
internal abstract class SnapshotWatch
{
    public SnapshotWatch? Previous { get; set; }
    public SnapshotWatch? Next { get; set; }
    public bool IsListed { get; set; }

    /// <summary>Called on the partition's loop; may leave the list.</summary>
    public abstract void Look(PartitionSnapshot now);
}

/// <summary>
/// Who watches one partition. Touched only on the partition's loop. Bounded by the fetches that wait, of which each connection has a
/// bounded number.
/// </summary>
internal sealed class SnapshotWatches(ILoop loop)
{
    private SnapshotWatch? first;

    /// <summary>Does nothing when the watch is in the list.</summary>
    public void Add(SnapshotWatch watch)
    {
        Invariant.Holds(loop.IsCurrent);
        if (watch.IsListed)
            return;
        watch.IsListed = true;
        watch.Next = first;
        first?.Previous = watch;
        first = watch;
    }

    /// <summary>Does nothing when the watch is not in the list.</summary>
    public void Remove(SnapshotWatch watch)
    {
        Invariant.Holds(loop.IsCurrent);
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
        Invariant.Holds(loop.IsCurrent);
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
