namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// What one connection's peer makes this broker hold, and since when: a request not received whole, one that waits behind another of its
/// own, the decoded form of a large one, answers that it has not taken. A frame that a handler works on is not among it: that is the
/// broker's doing. Touched only on the connection's loop, but for what <see cref="MemoryShortage"/> reads.
/// </summary>
/// <param name="memory">Of all connections.</param>
/// <param name="waiter">The connection.</param>
/// <param name="isOfBrokers">Whether only brokers use the connection's listener: then all its requests are taken as small ones are.</param>
/// <param name="time">The clock of <see cref="Age"/>.</param>
internal sealed class HeldMemory(ConnectionMemory memory, IMemoryWaiter waiter, bool isOfBrokers, TimeProvider time) : IFrameMemory
{
    /// <summary>For requests up to this size there is memory that larger ones do not get.</summary>
    public const int SmallFrameBytes = 64 * 1024;

    private const long Unset = 0;

    private long bytes;
    private long publishedBytes;
    private long sinceTimestamp = Unset;

    /// <summary>As of the last event; may be read on any loop.</summary>
    public long Bytes => Volatile.Read(ref publishedBytes);

    /// <summary>Since when the peer has been holding it without an end; may be read on any loop.</summary>
    public TimeSpan Age => Volatile.Read(ref sinceTimestamp) is var since && since == Unset ? TimeSpan.Zero : time.GetElapsedTime(since);

    /// <inheritdoc cref="ConnectionMemory.TryRent"/>
    public byte[]? TryRent(int size, int frameBytes, bool isGrowth)
    {
        var array = memory.TryRent(size, IsSmall(frameBytes), waiter, isGrowth);
        bytes += array?.Length ?? 0;
        return array;
    }

    public void Return(byte[] array)
    {
        bytes -= array.Length;
        memory.Return(array);
    }

    /// <summary>The frame is a handler's from here on; whoever is done with it returns it to the <see cref="ConnectionMemory"/>.</summary>
    public void HandOver(Frame frame) => bytes -= frame.Array.Length;

    public void ReturnHandedOver(byte[] array) => memory.Return(array);

    /// <summary>Counts what is held in other memory.</summary>
    public void Charge(long size)
    {
        bytes += size;
        memory.Charge(size);
    }

    public void Uncharge(long size)
    {
        bytes -= size;
        memory.Uncharge(size);
    }

    /// <summary>A request has come whole, or an answer is taken: the peer does its part.</summary>
    public void OnProgress() => sinceTimestamp = Unset;

    public void EndGrowth() => memory.EndGrowth(waiter);

    /// <inheritdoc cref="ConnectionMemory.CallNext"/>
    public void CallNext() => memory.CallNext();

    /// <summary>The connection waits for memory no more.</summary>
    public void Leave() => memory.Forget(waiter);

    /// <summary>An event of the connection is over: what is held now is held until the next.</summary>
    public void Publish()
    {
        if (bytes == 0)
            sinceTimestamp = Unset;
        else if (sinceTimestamp == Unset)
            Volatile.Write(ref sinceTimestamp, time.GetTimestamp());
        if (bytes != publishedBytes)
            Volatile.Write(ref publishedBytes, bytes);
    }

    private bool IsSmall(int frameBytes) => isOfBrokers || frameBytes <= SmallFrameBytes;
}
