namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Gives the system back what a burst has left of the heap, once the process is quiet: the collector alone runs when memory is asked for,
/// so a quiet process would keep all that it once had.
/// </summary>
public sealed class IdleMemory : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    /// <summary>With less allocated in a period the process is quiet; a collection does not disturb it.</summary>
    private const long QuietBytes = 16 * 1024 * 1024;
    /// <summary>A heap that has grown by less is left alone.</summary>
    private const long WorthBytes = 16 * 1024 * 1024;

    /// <summary>After so many checks the heap is looked at once more: pools have let go of their idle buffers by then.</summary>
    private const int SecondLookChecks = 5;

    private readonly Timer timer;
    private long allocatedBytes = GC.GetTotalAllocatedBytes();
    private long heapBytes;
    private int checksToSecondLook;

    public IdleMemory() => timer = new Timer(_ => Check(), null, Period, Period);

    public void Dispose() => timer.Dispose();

    /// <summary>What the heap takes, garbage included. What is committed is known as of the last collection only.</summary>
    private static long HeapBytes
        => Math.Max(GC.GetTotalMemory(forceFullCollection: false), GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);

    private void Check()
    {
        var before = allocatedBytes;
        allocatedBytes = GC.GetTotalAllocatedBytes();
        var isSecondLook = checksToSecondLook > 0 && --checksToSecondLook == 0;
        var isGrown = HeapBytes > heapBytes + Math.Max(WorthBytes, heapBytes / 4);
        if (allocatedBytes - before > QuietBytes || !(isGrown || isSecondLook))
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        heapBytes = HeapBytes;
        if (isGrown)
            checksToSecondLook = SecondLookChecks;
    }
}
