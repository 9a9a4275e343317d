using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Reading;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// A log as readers on any thread have it: <c>LogStartOffset ≤ LogEndOffset</c>, and bytes below the log's end never change while somebody
/// reads them. Nothing public here changes the log. Its <see cref="PartitionLog"/> does that on the partition's loop and publishes each
/// change here as a new <see cref="LogView"/>, so one call sees offsets and segments that fit together, while two calls may see two views.
/// A partition's snapshot gives this to request handlers.
/// </summary>
public sealed class ReadOnlyLog
{
    private readonly LeaderEpochFile leaderEpochs;
    private volatile LogView view;
    private volatile LogConfig config;
    // In an object of its own, because the sixteen bytes of an id are not read in one piece.
    private volatile TopicIdBox topicId;
    private long firstDirtyOffset = -1;
    private long lowestCut = long.MaxValue;
    private volatile bool isBeingCleaned, isCleaningPaused, isUncleanable;

    internal ReadOnlyLog(TopicPartition partition, LogConfig config, TopicId topicId, LeaderEpochFile leaderEpochs, LogView view)
    {
        (Partition, this.config, this.leaderEpochs, this.view) = (partition, config, leaderEpochs, view);
        this.topicId = new TopicIdBox(topicId);
    }

    public TopicPartition Partition { get; }
    public LogConfig Config { get => config; internal set => config = value; }
    /// <summary>Zero while the folder is not tied to a topic.</summary>
    public TopicId TopicId { get => topicId.Value; internal set => topicId = new TopicIdBox(value); }
    public LeaderEpochs LeaderEpochs => leaderEpochs.Current;
    /// <summary>Where compaction begins next time, as its checkpoint says; −1 while nothing of the log has been compacted.</summary>
    public long FirstDirtyOffset
    {
        get => Volatile.Read(ref firstDirtyOffset);
        internal set => Volatile.Write(ref firstDirtyOffset, value);
    }
    /// <summary>Whether a cleaner compacts the log now.</summary>
    public bool IsBeingCleaned { get => isBeingCleaned; internal set => isBeingCleaned = value; }
    /// <summary>Compaction waits, because the log is being copied to another log dir. KIP-113.</summary>
    public bool IsCleaningPaused { get => isCleaningPaused; internal set => isCleaningPaused = value; }
    /// <summary>Compaction met what it cannot go on with; it leaves the log alone until the broker is started again.</summary>
    public bool IsUncleanable { get => isUncleanable; internal set => isUncleanable = value; }
    public long LogStartOffset => view.LogStartOffset;
    /// <summary>Exclusive: the offset that the next record gets.</summary>
    public long LogEndOffset => view.LogEndOffset;
    /// <summary>By rising base offset; never empty.</summary>
    public IReadOnlyList<LogSegment> Segments => view.Segments;
    public long SizeInBytes => view.Segments.Sum(segment => (long)segment.SizeInBytes);

    /// <summary>What the next reader sees. Set by the log's writer only.</summary>
    internal LogView View { get => view; set => view = value; }

    /// <summary>Notes that the log was cut to the offset, once readers see that.</summary>
    internal void NoteCut(long offset)
    {
        for (var known = Volatile.Read(ref lowestCut); offset < known;)
        {
            var found = Interlocked.CompareExchange(ref lowestCut, offset, known);
            if (found == known)
                return;
            known = found;
        }
    }

    /// <summary>The lowest offset that the log was cut to since this was last asked; null when it was not.</summary>
    internal long? TakeCut()
        => Interlocked.Exchange(ref lowestCut, long.MaxValue) is var cut and < long.MaxValue ? cut : null;

    /// <summary>
    /// Reads from the batch that holds the offset, up to <paramref name="upperBoundOffset"/> (exclusive: the log's end, the high watermark
    /// or the last stable offset), inside one segment. With <paramref name="atLeastOneBatch"/> the first batch comes whole however large it
    /// is; without, nothing comes when it is larger than <paramref name="maxBytes"/>, or with <paramref name="mayCutFirst"/> so much of it.
    /// </summary>
    public LogReadResult Read(long startOffset, int maxBytes, long upperBoundOffset, bool atLeastOneBatch, bool mayCutFirst = false)
        => LogReader.Read(view, startOffset, maxBytes, upperBoundOffset, atLeastOneBatch, mayCutFirst);

    /// <summary>
    /// As <see cref="Read"/>, with the aborted transactions that may have records in what was read; <paramref name="lastStableOffset"/> is
    /// the bound. KIP-98.
    /// </summary>
    public LogReadResult ReadCommitted(long startOffset, int maxBytes, long lastStableOffset, bool atLeastOneBatch)
        => LogReader.ReadCommitted(view, startOffset, maxBytes, lastStableOffset, atLeastOneBatch);

    /// <summary>The first record at or after the time, in ms; null when there is none.</summary>
    public TimestampAndOffset? OffsetForTimestamp(long timestamp) => LogTimeLookup.FirstAtOrAfter(view, timestamp);

    /// <summary>The record with the largest timestamp, the first of several; null when no record has one. KIP-734.</summary>
    public TimestampAndOffset? MaxTimestampOffset() => LogTimeLookup.Largest(view);

    /// <summary>The end of the largest leader epoch that is at most the one asked for.</summary>
    public EpochEndOffset EndOffsetFor(LeaderEpoch epoch) => LeaderEpochs.EndOffsetFor(epoch, LogEndOffset);

    private sealed record TopicIdBox(TopicId Value);
}
