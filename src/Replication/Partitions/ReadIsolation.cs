namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>How far a reader may see.</summary>
public enum ReadIsolation
{
    /// <summary>Up to the high watermark: a consumer.</summary>
    ReadUncommitted = 0,
    /// <summary>Up to the last stable offset. KIP-98.</summary>
    ReadCommitted,
    /// <summary>Up to the log end: replicas, and a coordinator that loads its state.</summary>
    LogEnd,
}
