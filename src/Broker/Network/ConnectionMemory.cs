namespace KafkaCompatBroker.Broker.Network;

/// <summary>A connection that waits for memory to receive into.</summary>
internal interface IMemoryWaiter
{
    /// <summary>
    /// Some memory has come back; to be tried again on the waiter's own loop, not inside this call. Behind that, whatever came of it, the
    /// waiter calls <see cref="ConnectionMemory.CallNext"/>.
    /// </summary>
    void MemoryReturned();
}

/// <summary>
/// A part of the memory for requests received and for answers not yet taken, over all connections. As in Kafka, memory is given as long as
/// any is left, so that a request larger than what is left is not refused for ever; without any, a reader pauses and is called when it may
/// try again. Large requests leave an eighth of it to others, and small ones and brokers' have an eighth beyond the limit, so that those
/// who only begin large ones, and what these are decoded into, do not lock them out. Answers are counted and never refused: while they hold
/// the memory, no request is received that would make more. Any thread may use it.
/// </summary>
internal sealed class ConnectionMemory
{
    private readonly FrameBuffers buffers;
    private readonly MemoryWaiters waiters = new();
    private readonly Func<MemoryWait, bool> mayGoOn;
    private readonly Action<ConnectionMemory> onShort;
    private readonly long limitBytes, reserveBytes;
    private long usedBytes;
    private int isShort;
    private volatile bool isHeapShort;
    private IMemoryWaiter? overdrawing;

    /// <param name="limitBytes">How much there is.</param>
    /// <param name="buffers">Where frames are received into.</param>
    /// <param name="onShort">Called on any thread when somebody has to wait; once until <see cref="EndShortage"/>.</param>
    public ConnectionMemory(long limitBytes, FrameBuffers buffers, Action<ConnectionMemory> onShort)
    {
        (this.limitBytes, this.buffers, this.onShort) = (limitBytes, buffers, onShort);
        reserveBytes = limitBytes / 8;
        mayGoOn = MayGoOn;
    }

    public long LimitBytes => limitBytes;

    public long UsedBytes => Volatile.Read(ref usedBytes);

    /// <summary>A buffer of at least so many bytes; null when there is no memory: then the waiter is called when some is back.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="size">Of the request that they are for.</param>
    /// <param name="waiter">Who asks.</param>
    /// <param name="isGrowth">Whether the waiter holds memory that only this lets it finish with. Were all memory held by such waiters,
    /// none would go on; so one at a time may go beyond the limit, until its frame is whole.</param>
    public Memory<byte>? TryRent(int bytes, RequestSize size, IMemoryWaiter waiter, bool isGrowth)
    {
        var wait = WaitOf(size, isGrowth);
        if (!MayRent(wait, waiter))
        {
            waiters.Add(waiter, wait);
            // Memory that came back before the waiter stood in the queue has called nobody.
            if (!MayRent(wait, waiter))
            {
                NoteShortage();
                return null;
            }
        }
        waiters.Remove(waiter);
        try
        {
            var buffer = buffers.Rent(bytes);
            Interlocked.Add(ref usedBytes, buffer.Length);
            return buffer;
        }
        catch (OutOfMemoryException)
        {
            // The process has less than the limit promises, until what counts as used elsewhere has come back to it.
            isHeapShort = true;
            waiters.Add(waiter, wait);
            NoteShortage();
            return null;
        }
    }

    /// <summary>Takes back a whole buffer that was rented.</summary>
    public void Return(Memory<byte> buffer)
    {
        var bytes = buffer.Length;
        buffers.Return(buffer);
        Uncharge(bytes);
    }

    /// <summary>Counts what somebody has allocated otherwise.</summary>
    public void Charge(long bytes) => Interlocked.Add(ref usedBytes, bytes);

    public void Uncharge(long bytes)
    {
        Interlocked.Add(ref usedBytes, -bytes);
        CallNext();
    }

    /// <summary>Calls the one that has waited for longest among those that may go on.</summary>
    public void CallNext()
    {
        if (!waiters.IsEmpty && !isHeapShort)
            waiters.Take(mayGoOn)?.MemoryReturned();
    }

    /// <summary>The waiter is gone.</summary>
    public void Forget(IMemoryWaiter waiter) => waiters.Remove(waiter);

    /// <summary>The waiter's frame is whole or given up; another may go beyond the limit.</summary>
    public void EndGrowth(IMemoryWaiter waiter)
    {
        if (Volatile.Read(ref overdrawing) == waiter)
        {
            Volatile.Write(ref overdrawing, null);
            CallNext();
        }
    }

    /// <summary>True when nobody has to wait any more; whoever has to from now on is told of by the callback again.</summary>
    public bool EndShortage()
    {
        Volatile.Write(ref isShort, 0);
        isHeapShort = false;
        if (waiters.IsEmpty)
            return true;
        if (UsedBytes < limitBytes - reserveBytes)
        {
            CallNext();
            return true;
        }
        // Told of already, when another was refused in between.
        return Interlocked.Exchange(ref isShort, 1) != 0;
    }

    private void NoteShortage()
    {
        if (Interlocked.Exchange(ref isShort, 1) == 0)
            onShort(this);
    }

    private static MemoryWait WaitOf(RequestSize size, bool isGrowth) => size switch
    {
        RequestSize.Small => isGrowth ? MemoryWait.SmallGrowth : MemoryWait.Small,
        RequestSize.Medium => isGrowth ? MemoryWait.MediumGrowth : MemoryWait.Medium,
        _ => isGrowth ? MemoryWait.LargeGrowth : MemoryWait.Large,
    };

    private bool MayRent(MemoryWait wait, IMemoryWaiter waiter) => IsLeftFor(wait) || (IsGrowth(wait) && MayOverdraw(waiter));

    private bool MayGoOn(MemoryWait wait) => IsLeftFor(wait) || (IsGrowth(wait) && Volatile.Read(ref overdrawing) is null);

    private bool IsLeftFor(MemoryWait wait) => UsedBytes < wait switch
    {
        MemoryWait.Small or MemoryWait.SmallGrowth => limitBytes + reserveBytes,
        MemoryWait.Medium or MemoryWait.MediumGrowth => limitBytes,
        _ => limitBytes - reserveBytes,
    };

    private static bool IsGrowth(MemoryWait wait) => wait is MemoryWait.SmallGrowth or MemoryWait.MediumGrowth or MemoryWait.LargeGrowth;

    private bool MayOverdraw(IMemoryWaiter waiter)
    {
        var holder = Interlocked.CompareExchange(ref overdrawing, waiter, null);
        return holder is null || holder == waiter;
    }
}
