namespace KafkaCompatBroker.Storage.Segments;

/// <summary>A largest timestamp, in ms, and the last offset of the batch that has it; −1 for no timestamp.</summary>
internal sealed record TimestampMark(long Timestamp, long Offset);
