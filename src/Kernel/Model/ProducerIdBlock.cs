namespace KafkaCompatBroker.Kernel.Model;

/// <summary>A run of producer ids given to one broker, both ends inclusive. KIP-730.</summary>
public readonly record struct ProducerIdBlock(long FirstProducerId, long LastProducerId)
{
    /// <summary>How many ids a new block has.</summary>
    public const int Size = 1000;
}
