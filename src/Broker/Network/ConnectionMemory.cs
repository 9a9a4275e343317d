using System.Collections.Concurrent;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>A connection that waits for memory to receive into.</summary>
internal interface IMemoryWaiter
{
    /// <summary>Whether the memory is open to it to the last, as to brokers; to a client's large requests a part of it is not.</summary>
    bool MayUseReserve { get; }

    /// <summary>Some memory has come back; to be tried again on the waiter's own loop, not inside this call.</summary>
    void MemoryReturned();
}

/// <summary>
/// The memory for requests received and for answers not yet taken, over all connections. As in Kafka, memory is given as long as any is
/// left, so that a request larger than what is left is not refused for ever; without any, a reader pauses and is called when it may try
/// again. The last part is kept for small requests and for brokers, so that those who only begin large ones do not lock them out. Answers
/// are counted and never refused: while they hold the memory, no request is received that would make more. Any thread may use it.
/// </summary>
/// <param name="limitBytes">How much there is.</param>
/// <param name="onShort">Called on any thread when somebody has to wait; once until <see cref="EndShortage"/>.</param>
internal sealed class ConnectionMemory(long limitBytes, Action onShort)
{
    private const int LeastSmallBytes = 16 * 1024;

    private readonly FrameBuffers buffers = new();
    private readonly ConcurrentQueue<IMemoryWaiter> waiters = new();
    private readonly long reserveBytes = limitBytes / 8;
    private readonly long smallBytes = Math.Max(LeastSmallBytes, limitBytes / 128);
    private long usedBytes;
    private int isShort;
    private IMemoryWaiter? overdrawing;

    public long LimitBytes => limitBytes;

    public long UsedBytes => Volatile.Read(ref usedBytes);

    /// <summary>An array of at least so many bytes; null when there is no memory: then the waiter is called when some is back.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="frameBytes">How large the frame is for which they are.</param>
    /// <param name="waiter">Who asks.</param>
    /// <param name="isGrowth">Whether the waiter holds memory that only this lets it finish with. Were all memory held by such waiters,
    /// none would go on; so one at a time may go beyond the limit, until its frame is whole.</param>
    public byte[]? TryRent(int bytes, int frameBytes, IMemoryWaiter waiter, bool isGrowth)
    {
        if (!MayRent(frameBytes, waiter, isGrowth))
        {
            waiters.Enqueue(waiter);
            // Memory that came back before the waiter stood in the queue has called nobody.
            if (!MayRent(frameBytes, waiter, isGrowth))
            {
                NoteShortage();
                return null;
            }
        }
        try
        {
            var array = buffers.Rent(bytes);
            Interlocked.Add(ref usedBytes, array.Length);
            return array;
        }
        catch (OutOfMemoryException)
        {
            // The process has less than the limit promises: what counts as used elsewhere comes back to it, and then this one is called.
            waiters.Enqueue(waiter);
            NoteShortage();
            return null;
        }
    }

    public void Return(byte[] array)
    {
        buffers.Return(array);
        Uncharge(array.Length);
    }

    /// <summary>Counts what somebody has allocated otherwise.</summary>
    public void Charge(long bytes) => Interlocked.Add(ref usedBytes, bytes);

    public void Uncharge(long bytes)
    {
        Interlocked.Add(ref usedBytes, -bytes);
        if (!waiters.IsEmpty && UsedBytes < limitBytes)
            WakeAll();
    }

    /// <summary>The waiter's frame is whole or given up; another may go beyond the limit.</summary>
    public void EndGrowth(IMemoryWaiter waiter)
    {
        if (Volatile.Read(ref overdrawing) == waiter)
        {
            Volatile.Write(ref overdrawing, null);
            WakeAll();
        }
    }

    /// <summary>True when nobody has to wait any more; whoever has to from now on is told of by the callback again.</summary>
    public bool EndShortage()
    {
        Volatile.Write(ref isShort, 0);
        if (waiters.IsEmpty)
            return true;
        if (UsedBytes < limitBytes - reserveBytes)
        {
            WakeAll();
            return true;
        }
        // Told of already, when another was refused in between.
        return Interlocked.Exchange(ref isShort, 1) != 0;
    }

    /// <summary>Called now and then: drops idle arrays of sizes that are not asked for.</summary>
    public void Trim() => buffers.Trim();

    private void NoteShortage()
    {
        if (Interlocked.Exchange(ref isShort, 1) == 0)
            onShort();
    }

    private bool MayRent(int frameBytes, IMemoryWaiter waiter, bool isGrowth)
    {
        var left = limitBytes - UsedBytes;
        return left > (frameBytes <= smallBytes || waiter.MayUseReserve ? 0 : reserveBytes) || (isGrowth && MayOverdraw(waiter));
    }

    private bool MayOverdraw(IMemoryWaiter waiter)
    {
        var holder = Interlocked.CompareExchange(ref overdrawing, waiter, null);
        return holder is null || holder == waiter;
    }

    private void WakeAll()
    {
        for (var left = waiters.Count; left > 0 && waiters.TryDequeue(out var waiter); left--)
            waiter.MemoryReturned();
    }
}

/// <summary>A received request without its size field, in an array of <see cref="ConnectionMemory"/>.</summary>
internal readonly record struct Frame(byte[] Array, int Length)
{
    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);
}
