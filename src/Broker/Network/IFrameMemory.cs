namespace KafkaCompatBroker.Broker.Network;

/// <summary>Where the frames of one connection are received into, and what counts them. Touched on the connection's loop.</summary>
internal interface IFrameMemory
{
    /// <summary>
    /// An array of at least so many bytes; null when there is no memory now: then whoever receives is called when it may try again.
    /// </summary>
    /// <param name="size">How many.</param>
    /// <param name="frameBytes">How large the frame is for which they are.</param>
    /// <param name="isGrowth">Whether a smaller array is held for the same frame.</param>
    byte[]? TryRent(int size, int frameBytes, bool isGrowth);

    void Return(byte[] array);

    /// <summary>The frame is whole or given up.</summary>
    void EndGrowth();

    /// <summary>Counts what is held in other memory.</summary>
    void Charge(long size);

    void Uncharge(long size);
}
