namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Gives the system back what a burst has left of the heap, once the process is quiet: the collector alone runs when memory is asked for,
/// so a quiet process would keep all that it once had. <see cref="IdleCollection"/> says when.
/// </summary>
public sealed class IdleMemory : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly IdleCollection collection = new(GC.GetTotalAllocatedBytes(), heapBytes: 0);
    private readonly Timer timer;

    public IdleMemory() => timer = new Timer(_ => Check(), null, Period, Period);

    public void Dispose() => timer.Dispose();

    /// <summary>What the heap takes, garbage included. What is committed is known as of the last collection only.</summary>
    private static long HeapBytes
        => Math.Max(GC.GetTotalMemory(forceFullCollection: false), GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);

    private void Check()
    {
        var before = HeapBytes;
        if (!collection.IsDue(GC.GetTotalAllocatedBytes(), before))
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        collection.Collected(GC.GetTotalAllocatedBytes(), before, HeapBytes);
    }
}
