using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>Whether the records of one batch stay: the last of each key does, and a tombstone for its time.</summary>
internal readonly struct RecordRetention(OffsetMap map, bool keepsTombstones) : IRetention
{
    public bool Keeps(long offset, ReadOnlySpan<byte> key, bool hasKey, bool hasValue)
    {
        if (offset > map.LatestOffset)
            return true;
        return hasKey && offset >= map.Get(key) && (hasValue || keepsTombstones);
    }
}

/// <summary>All records of a batch stay, or none.</summary>
internal readonly struct WholeRetention(bool keeps) : IRetention
{
    public bool Keeps(long offset, ReadOnlySpan<byte> key, bool hasKey, bool hasValue) => keeps;
}
