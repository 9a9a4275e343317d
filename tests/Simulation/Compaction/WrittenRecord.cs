namespace KafkaCompatBroker.Tests.Simulation.Compaction;

/// <summary>One record as it was written.</summary>
/// <param name="ProducerId">Of its transaction; −1 without one.</param>
internal sealed record WrittenRecord(long Offset, string Key, string? Value, long Timestamp, long ProducerId);
