namespace KafkaCompatBroker.Broker.Network;

/// <summary>What one connection's peer holds of one part of the memory. Touched on the connection's loop.</summary>
internal sealed class HeldPart(ConnectionMemory memory)
{
    private long publishedBytes;

    public ConnectionMemory Memory => memory;

    public long Bytes { get; set; }

    /// <summary>As of the last event of the connection; may be read on any loop.</summary>
    public long PublishedBytes => Volatile.Read(ref publishedBytes);

    /// <summary>Counts what is held in other memory.</summary>
    public void Charge(long size)
    {
        Bytes += size;
        memory.Charge(size);
    }

    public void Uncharge(long size)
    {
        Bytes -= size;
        memory.Uncharge(size);
    }

    public void Publish()
    {
        if (Bytes != publishedBytes)
            Volatile.Write(ref publishedBytes, Bytes);
    }
}
