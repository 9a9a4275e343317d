using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// The work of one compaction beside the log's loop, in two passes: over the dirty part for the last offset of each key, and over all of
/// the log up to there, group after group. Holds the map, two buffers and one unfolded batch; Dispose gives them back. Kafka's
/// Cleaner.doClean.
/// </summary>
internal sealed class CleaningRun : IDisposable
{
    private readonly LogCleaning cleaning;
    private readonly CleaningScope scope;
    private readonly OffsetMap map;
    private readonly BatchChunks chunks;
    private readonly BatchRetention batches = new();
    private readonly MessageRetention messages = new();
    private readonly SegmentCleaner segmentCleaner;

    /// <param name="cleaning">As the log has begun it.</param>
    /// <param name="firstDirtyOffset">As <see cref="CleanableLog"/> has it.</param>
    /// <param name="endOffset">The same.</param>
    /// <param name="options">The cleaner's.</param>
    /// <param name="hash">What keys are known by.</param>
    /// <param name="nowMs">The time.</param>
    public CleaningRun(
        LogCleaning cleaning, long firstDirtyOffset, long endOffset, CleanerOptions options, KeyHash hash, long nowMs)
    {
        this.cleaning = cleaning;
        var lastClean = cleaning.View.Segments.LastOrDefault(segment => segment.BaseOffset < firstDirtyOffset);
        scope = new CleaningScope(
            firstDirtyOffset, endOffset, nowMs,
            lastClean is null ? 0 : lastClean.LastModifiedMs - cleaning.Config.DeleteRetentionMs);
        var threads = Math.Max(options.Threads, 1);
        map = new OffsetMap(
            Math.Min(options.DedupeBufferBytes / threads, int.MaxValue), options.LoadFactor, endOffset - firstDirtyOffset, hash);
        // One half to read, one to write.
        chunks = new BatchChunks(options.IoBufferBytes / threads / 2);
        segmentCleaner = new SegmentCleaner(cleaning, scope, map, chunks, batches, messages);
    }

    /// <summary>Where the next compaction begins, once the map is filled.</summary>
    public long NextDirtyOffset => map.LatestOffset + 1;

    /// <summary>The first pass, step by step.</summary>
    public IEnumerable<int> FillMap()
    {
        var segments = cleaning.View.Segments;
        var transactions = new CleanedTransactions();
        var first = Math.Max(cleaning.View.SegmentIndexOf(scope.FirstDirtyOffset), 0);
        transactions.Add(AbortedIn.Find(segments, first, scope.FirstDirtyOffset, scope.EndOffset));
        return new OffsetMapBuilder(map, chunks, batches, transactions).Fill(
            cleaning, scope.FirstDirtyOffset, scope.EndOffset);
    }

    /// <summary>The segments that the second pass goes over, once the map is filled.</summary>
    public List<LogSegment[]> Groups()
    {
        var segments = cleaning.View.Segments;
        var count = 0;
        while (segments[count].BaseOffset < NextDirtyOffset && count < segments.Length - 1)
            count++;
        return SegmentGroups.Of(segments.AsSpan(0, count), scope.EndOffset, cleaning.Config);
    }

    /// <summary>The second pass over one group, step by step.</summary>
    public IEnumerable<int> Clean(LogSegment[] group) => segmentCleaner.Clean(group);

    /// <summary>As <see cref="SegmentCleaner.TakeResult"/>.</summary>
    public CleanedSegment TakeResult() => segmentCleaner.TakeResult();

    /// <summary>As <see cref="SegmentCleaner.Discard"/>.</summary>
    public void Discard() => segmentCleaner.Discard();

    /// <summary>The names under which a result is the log's become durable.</summary>
    public void FlushNames() => cleaning.SegmentOptions.Disk.FlushDirectory(cleaning.SegmentOptions.Directory);

    /// <summary>
    /// Deletes what a compaction has left that the log broke off: at a start such files would take finished ones with them.
    /// </summary>
    public void DeleteLeftovers()
    {
        var (disk, directory) = (cleaning.SegmentOptions.Disk, cleaning.SegmentOptions.Directory);
        foreach (var entry in disk.List(directory))
        {
            if (entry.Name.EndsWith(LogFileNames.CleanedSuffix, StringComparison.Ordinal))
                disk.DeleteFile(Path.Combine(directory, entry.Name));
        }
    }

    public void Dispose()
    {
        chunks.Dispose();
        batches.Dispose();
        messages.Dispose();
    }
}
