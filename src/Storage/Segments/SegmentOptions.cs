namespace KafkaCompatBroker.Storage.Segments;

/// <summary>What the segments of one log have in common: where they lie, and how they are indexed.</summary>
internal sealed record SegmentOptions
{
    public required IDisk Disk { get; init; }
    /// <summary>The partition's folder.</summary>
    public required string Directory { get; init; }
    public required TimeProvider Time { get; init; }
    /// <summary><c>index.interval.bytes</c></summary>
    public required int IndexIntervalBytes { get; init; }
    /// <summary><c>segment.index.bytes</c></summary>
    public required int IndexMaxBytes { get; init; }
    /// <summary>How long the log file of a new segment is from the start; 0 unless <c>preallocate</c> is set.</summary>
    public int PreallocatedBytes { get; init; }
}
