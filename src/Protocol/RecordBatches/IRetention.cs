namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>Says of each record whether compaction keeps it.</summary>
public interface IRetention
{
    /// <summary>A record without a value is a tombstone. The key is empty where there is none.</summary>
    bool Keeps(long offset, ReadOnlySpan<byte> key, bool hasKey, bool hasValue);
}

/// <summary>When compaction may drop the tombstones of a batch that has no such time yet. KIP-534.</summary>
/// <param name="TimeMs">The time.</param>
/// <param name="IsForAll">The batch gets it without tombstones too: it is the marker of a transaction that has no records left.</param>
public readonly record struct DeleteHorizon(long TimeMs, bool IsForAll);
