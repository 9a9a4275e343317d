namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// Decides when a quiet process collects what it no longer needs. Garbage cannot be seen, only what was allocated since the last
/// collection: so that is the measure, and a collection that gave back little puts the next one off, since what is then allocated now and
/// then is no burst. What was in use at a collection may be garbage soon after, with nothing allocated: so the heap is looked at again
/// behind each, ever later while it stays large. Pure.
/// </summary>
public sealed class IdleCollection(long allocatedBytes, long heapBytes)
{
    /// <summary>With less allocated between two checks the process is quiet; a collection does not disturb it.</summary>
    public const long QuietBytes = 16 * 1024 * 1024;
    /// <summary>So much may be garbage before it is looked for; at least, and at most.</summary>
    public const long LeastWorthBytes = 64 * 1024 * 1024, MostWorthBytes = 2L * 1024 * 1024 * 1024;
    /// <summary>A heap that has grown by so much since the last collection is looked at, whatever was allocated.</summary>
    public const long GrownBytes = 16 * 1024 * 1024;
    /// <summary>
    /// After so many checks the heap is looked at again: pools have let go of their idle buffers by then. Each look that gives back little
    /// of a large heap puts the next one off by twice as much, and is the last one of a small heap.
    /// </summary>
    public const int LookChecks = 3;

    private long checkedBytes = allocatedBytes;
    private long collectedBytes = allocatedBytes;
    private long worthBytes = LeastWorthBytes;
    private int lookChecks = LookChecks;
    private int checksToLook;
    private bool isLook;

    /// <summary>Called in even periods; true when it is time to collect, of which <see cref="Collected"/> is told.</summary>
    /// <param name="allocated">What the process has ever allocated.</param>
    /// <param name="heap">What the heap takes, garbage included.</param>
    public bool IsDue(long allocated, long heap)
    {
        var isQuiet = allocated - checkedBytes <= QuietBytes;
        checkedBytes = allocated;
        if (checksToLook > 0 && --checksToLook == 0)
            isLook = true;
        var isGrown = heap > heapBytes + Math.Max(GrownBytes, heapBytes / 4);
        return isQuiet && (isGrown || isLook || allocated - collectedBytes >= worthBytes);
    }

    /// <summary>What a collection has made of the heap.</summary>
    public void Collected(long allocated, long heapBefore, long heapAfter)
    {
        var isWorth = heapBefore - heapAfter >= Math.Max(GrownBytes, heapBefore / 4);
        worthBytes = isWorth ? LeastWorthBytes : Math.Min(MostWorthBytes, worthBytes * 2);
        var isLastLook = isLook && !isWorth && heapAfter < LeastWorthBytes;
        lookChecks = isLook && !isWorth ? Math.Min(int.MaxValue / 2, lookChecks) * 2 : LookChecks;
        checksToLook = isLastLook ? 0 : lookChecks;
        isLook = false;
        (collectedBytes, heapBytes) = (allocated, heapAfter);
    }
}
