using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>What a group of segments has become, durable under names that a start deletes.</summary>
/// <param name="EndOffset">Past the last offset in it; its base offset when nothing is left.</param>
internal sealed record CleanedSegment(LogSegment Segment, long EndOffset);
