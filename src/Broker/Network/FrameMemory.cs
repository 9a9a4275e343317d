using System.Collections.Concurrent;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>A connection that waits for memory to receive into.</summary>
internal interface IFrameMemoryWaiter
{
    /// <summary>Some memory has come back; to be tried again on the waiter's own loop, not inside this call.</summary>
    void MemoryReturned();
}

/// <summary>
/// The memory for received requests over all connections. As in Kafka, memory is given as long as any is left, so that a request larger
/// than what is left is not refused for ever; without any, a reader pauses and is called when it may try again. Any thread may use it.
/// </summary>
internal sealed class FrameMemory(long limitBytes)
{
    private readonly FrameBuffers buffers = new();
    private readonly ConcurrentQueue<IFrameMemoryWaiter> waiters = new();
    private long usedBytes;
    private IFrameMemoryWaiter? overdrawing;

    /// <summary>An array of at least so many bytes; null when there is no memory: then the waiter is called when some is back.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="waiter">Who asks.</param>
    /// <param name="isGrowth">Whether the waiter holds memory that only this lets it finish with. Were all memory held by such waiters,
    /// none would go on; so one at a time may go beyond the limit, until its frame is whole.</param>
    public byte[]? TryRent(int bytes, IFrameMemoryWaiter waiter, bool isGrowth)
    {
        if (!MayRent(waiter, isGrowth))
        {
            waiters.Enqueue(waiter);
            // Memory that came back before the waiter stood in the queue has called nobody.
            if (!MayRent(waiter, isGrowth))
                return null;
        }
        var array = buffers.Rent(bytes);
        Interlocked.Add(ref usedBytes, array.Length);
        return array;
    }

    public void Return(byte[] array)
    {
        Interlocked.Add(ref usedBytes, -array.Length);
        buffers.Return(array);
        if (!waiters.IsEmpty && IsLeft)
            WakeAll();
    }

    /// <summary>The waiter's frame is whole or given up; another may go beyond the limit.</summary>
    public void EndGrowth(IFrameMemoryWaiter waiter)
    {
        if (Volatile.Read(ref overdrawing) == waiter)
        {
            Volatile.Write(ref overdrawing, null);
            WakeAll();
        }
    }

    /// <summary>Called now and then: drops idle arrays of sizes that are not asked for.</summary>
    public void Trim() => buffers.Trim();

    private bool IsLeft => Volatile.Read(ref usedBytes) < limitBytes;

    private bool MayRent(IFrameMemoryWaiter waiter, bool isGrowth) => IsLeft || (isGrowth && MayOverdraw(waiter));

    private bool MayOverdraw(IFrameMemoryWaiter waiter)
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

/// <summary>
/// A received request without its size field. The array goes back to <see cref="FrameMemory"/> when the request is answered.
/// </summary>
internal readonly record struct Frame(byte[] Array, int Length)
{
    public ReadOnlyMemory<byte> Memory => Array.AsMemory(0, Length);
}
