namespace KafkaCompatBroker.Storage.Reading;

/// <summary>An answer to a look-up by time: ListOffsets.</summary>
public readonly record struct TimestampAndOffset(long Timestamp, long Offset, LeaderEpoch LeaderEpoch);
