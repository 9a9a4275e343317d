namespace KafkaCompatBroker.Broker.Network;

/// <summary>Where the frames of one connection are received into, and what counts them. Touched on the connection's loop.</summary>
internal interface IFrameMemory
{
    /// <summary>A frame begins to be received, for which what follows is called until the next one begins.</summary>
    /// <param name="length">Its bytes, without the size field.</param>
    /// <param name="start">Its first two, as far as it has them: of a request, its API key.</param>
    void BeginFrame(int length, ReadOnlySpan<byte> start);

    /// <summary>
    /// A buffer of at least so many bytes; null when there is no memory now: then whoever receives is called when it may try again.
    /// </summary>
    /// <param name="size">How many.</param>
    /// <param name="isGrowth">Whether a smaller one is held for the same frame.</param>
    Memory<byte>? TryRent(int size, bool isGrowth);

    /// <summary>Takes back a whole buffer that was rented.</summary>
    void Return(Memory<byte> buffer);

    /// <summary>The frame is whole or given up.</summary>
    void EndGrowth();

    /// <summary>Counts what is held in other memory.</summary>
    void Charge(long size);

    void Uncharge(long size);
}
