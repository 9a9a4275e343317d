namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>The settings of the cleaner itself. Their defaults stand in the settings' table alone.</summary>
public sealed record CleanerOptions
{
    /// <summary><c>log.cleaner.threads</c></summary>
    public required int Threads { get; init; }
    /// <summary><c>log.cleaner.dedupe.buffer.size</c>, shared by the threads.</summary>
    public required long DedupeBufferBytes { get; init; }
    /// <summary><c>log.cleaner.io.buffer.load.factor</c>: how full the map of offsets gets.</summary>
    public required double LoadFactor { get; init; }
    /// <summary><c>log.cleaner.io.buffer.size</c>, shared by the threads; a larger batch makes its buffer grow.</summary>
    public required int IoBufferBytes { get; init; }
    /// <summary><c>log.cleaner.io.max.bytes.per.second</c>, read and written, shared by the threads.</summary>
    public required double IoBytesPerSecondMax { get; init; }
    /// <summary><c>log.cleaner.backoff.ms</c>: the wait when no log is dirty enough.</summary>
    public required TimeSpan Backoff { get; init; }
}
