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
internal sealed class HeldMemory(RequestMemory memory, IMemoryWaiter waiter, bool isOfBrokers, TimeProvider time) : IFrameMemory
{
    private const long Unset = 0;

    private readonly HeldPart usual = new(memory.Usual), forTurns = new(memory.ForTurns);
    private HeldPart? receiving;
    private RequestSize receivingSize;
    private long sinceTimestamp = Unset;

    /// <summary>Since when the peer has been holding it without an end; may be read on any loop.</summary>
    public TimeSpan Age => Volatile.Read(ref sinceTimestamp) is var since && since == Unset ? TimeSpan.Zero : time.GetElapsedTime(since);

    /// <summary>How much of a part of the memory, as of the last event; may be read on any loop.</summary>
    public long BytesOf(ConnectionMemory part) => part == usual.Memory ? usual.PublishedBytes : forTurns.PublishedBytes;

    public void BeginFrame(int length, ReadOnlySpan<byte> start)
    {
        receiving = PartFor(length, start);
        receivingSize = isOfBrokers ? RequestSize.Small : RequestSizes.Of(length);
    }

    /// <inheritdoc cref="ConnectionMemory.TryRent"/>
    public Memory<byte>? TryRent(int size, bool isGrowth)
    {
        var buffer = receiving!.Memory.TryRent(size, receivingSize, waiter, isGrowth);
        receiving.Bytes += buffer?.Length ?? 0;
        return buffer;
    }

    public void Return(Memory<byte> buffer)
    {
        receiving!.Bytes -= buffer.Length;
        receiving.Memory.Return(buffer);
    }

    public void EndGrowth() => receiving?.Memory.EndGrowth(waiter);

    /// <summary>Gives back a whole frame that no handler has.</summary>
    public void Return(Frame frame)
    {
        HandOver(frame);
        PartFor(frame).Memory.Return(frame.Buffer);
    }

    /// <summary>The frame is a handler's from here on; whoever is done with it returns its buffer to the part that counts it.</summary>
    public void HandOver(Frame frame) => PartFor(frame).Bytes -= frame.Buffer.Length;

    void IFrameMemory.Charge(long size) => usual.Charge(size);

    void IFrameMemory.Uncharge(long size) => usual.Uncharge(size);

    /// <summary>Which part counts what a request makes the broker hold.</summary>
    public HeldPart PartFor(Frame frame) => PartFor(frame.Length, frame.Memory.Span);

    /// <summary>A request has come whole, or an answer is taken: the peer does its part.</summary>
    public void OnProgress() => sinceTimestamp = Unset;

    /// <inheritdoc cref="ConnectionMemory.CallNext"/>
    public void CallNext()
    {
        memory.Usual.CallNext();
        memory.ForTurns.CallNext();
    }

    /// <summary>The connection waits for memory no more.</summary>
    public void Leave()
    {
        memory.Usual.Forget(waiter);
        memory.ForTurns.Forget(waiter);
    }

    /// <summary>An event of the connection is over: what is held now is held until the next.</summary>
    public void Publish()
    {
        if (usual.Bytes == 0 && forTurns.Bytes == 0)
            sinceTimestamp = Unset;
        else if (sinceTimestamp == Unset)
            Volatile.Write(ref sinceTimestamp, time.GetTimestamp());
        usual.Publish();
        forTurns.Publish();
    }

    private HeldPart PartFor(int length, ReadOnlySpan<byte> start)
        => !isOfBrokers && Frame.NamesMuch(length, start) ? forTurns : usual;
}
