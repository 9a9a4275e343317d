using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>Where a producer that the log knows wrote last. KIP-98.</summary>
/// <param name="LastDataOffset">Null when all that is known of it is a marker.</param>
internal readonly record struct LastProducerRecord(long? LastDataOffset, short Epoch);

/// <summary>
/// One compaction of a log, begun and ended by its <see cref="LogCompaction"/>: what the log was when it began, which a cleaner works on
/// while the log goes on. Whoever changes what the cleaner reads aborts it first, on the log's loop or, where the log is given up, on any.
/// </summary>
internal sealed class LogCleaning(LogView view, LogConfig config, SegmentOptions segmentOptions)
{
    private volatile bool isAborted;

    public LogView View => view;

    public LogConfig Config => config;

    public SegmentOptions SegmentOptions => segmentOptions;

    /// <summary>Of each producer that has not expired.</summary>
    public required IReadOnlyDictionary<long, LastProducerRecord> Producers { get; init; }

    /// <summary>Nothing that is made of the log counts any more, and its files may be gone.</summary>
    public bool IsAborted => isAborted;

    public void Abort() => isAborted = true;
}
