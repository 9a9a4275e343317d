using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What <see cref="LogLoader"/> found and mended.</summary>
internal sealed record LoadedLog
{
    /// <summary>By rising base offset; never empty.</summary>
    public required IReadOnlyList<LogSegment> Segments { get; init; }
    public required long LogStartOffset { get; init; }
    public required long LogEndOffset { get; init; }
    public required long RecoveryPoint { get; init; }
    public required LeaderEpochFile LeaderEpochs { get; init; }
    public required ProducerStates Producers { get; init; }
    public required ProducerSnapshotFiles ProducerSnapshots { get; init; }
    public required TopicId TopicId { get; init; }
    /// <summary>As <see cref="UncommittedTransactions.LastOffset"/>.</summary>
    public required long LastUncommittedOffset { get; init; }
}

/// <summary>
/// Opens the files of a log. After a clean stop they are believed; otherwise every segment that is not known to be durable is read through,
/// cut at its last whole batch, and what came after is deleted. Deletions and replacements that a crash interrupted are finished first.
/// No loop owns the log yet.
/// </summary>
internal sealed class LogLoader
{
    private readonly LogOpenOptions options;
    private readonly IDisk disk;
    private readonly SegmentOptions segmentOptions;
    private readonly LeaderEpochFile leaderEpochs;
    private readonly List<LogSegment> segments = [];
    /// <summary>Base offsets of segments whose transaction index may not say what their batches say.</summary>
    private readonly HashSet<long> withDoubtfulTransactions = [];

    private LogLoader(LogOpenOptions options)
    {
        this.options = options;
        disk = options.Disk;
        segmentOptions = options.ForSegments(options.Config);
        leaderEpochs = LeaderEpochFile.Open(disk, options.Directory, options.Log);
    }

    public static LoadedLog Load(LogOpenOptions options)
    {
        InterruptedChanges.Finish(options.Disk, options.Directory);
        var loader = new LogLoader(options);
        try
        {
            return loader.Load();
        }
        catch
        {
            loader.segments.ForEach(segment => segment.Close());
            throw;
        }
    }

    private LoadedLog Load()
    {
        OpenSegments();
        if (!options.IsCleanShutdown)
            Recover();
        if (segments.Count > 0 && options.LogStartOffset > segments[^1].ReadNextOffset())
        {
            options.Log.Warn(
                "log", $"partition={options.Partition} ends before its start offset={options.LogStartOffset}; starting anew there");
            DeleteFrom(0);
        }
        if (segments.Count == 0)
            segments.Add(LogSegment.Create(segmentOptions, options.LogStartOffset));
        var logEndOffset = segments[^1].ReadNextOffset();
        var logStartOffset = Math.Max(options.LogStartOffset, segments[0].BaseOffset);
        leaderEpochs.TruncateFromEnd(logEndOffset);
        leaderEpochs.TruncateFromStart(logStartOffset);
        var snapshots = new ProducerSnapshotFiles(disk, options.Directory, options.Log);
        snapshots.DeleteStrays(segments.Select(segment => segment.BaseOffset).ToHashSet());
        ReindexTransactions(snapshots);
        var producers = LoadProducers(snapshots, logStartOffset, logEndOffset);
        segments[^1].BecomeActive();
        return new LoadedLog
        {
            Segments = segments,
            LogStartOffset = logStartOffset,
            LogEndOffset = logEndOffset,
            RecoveryPoint = options.IsCleanShutdown ? logEndOffset : Math.Min(options.RecoveryPoint, logEndOffset),
            LeaderEpochs = leaderEpochs,
            Producers = producers,
            ProducerSnapshots = snapshots,
            TopicId = PartitionMetadataFile.Read(disk, options.Directory),
            LastUncommittedOffset = FindUncommitted(producers, logStartOffset),
        };
    }

    private void OpenSegments()
    {
        var names = disk.List(options.Directory).Select(entry => entry.Name).ToHashSet();
        foreach (var name in names)
        {
            if (IsOrphanIndex(name, names))
                disk.DeleteFile(Path.Combine(options.Directory, name));
        }
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (!LogFileNames.TryParseOffset(name, LogFileNames.LogSuffix, out var baseOffset))
                continue;
            var hasIndexes = names.Contains(LogFileNames.OfOffset(baseOffset, LogFileNames.IndexSuffix))
                && names.Contains(LogFileNames.OfOffset(baseOffset, LogFileNames.TimeIndexSuffix));
            if (!hasIndexes || !OpenIfIndexed(baseOffset))
                RebuildIndexes(baseOffset);
            if (!segments[^1].AbortedTransactions.IsSound)
                withDoubtfulTransactions.Add(baseOffset);
        }
    }

    private bool OpenIfIndexed(long baseOffset)
    {
        var segment = LogSegment.Open(segmentOptions, baseOffset);
        segments.Add(segment);
        if (segment.HasSoundIndexes())
            return true;
        segments.Remove(segment);
        segment.Close();
        return false;
    }

    private void RebuildIndexes(long baseOffset)
    {
        var segment = LogSegment.OpenToIndex(segmentOptions, baseOffset);
        segments.Add(segment);
        options.Log.Warn("log", $"partition={options.Partition} segment={segment} has no sound index; building it anew");
        _ = Recover(segment);
        segment.PutIndexesInPlace();
    }

    /// <summary>
    /// Reads the segments past the recovery point through. After the first that had to be cut nothing can be trusted to follow.
    /// </summary>
    private void Recover()
    {
        var first = segments.FindLastIndex(segment => segment.BaseOffset <= options.RecoveryPoint);
        for (var i = Math.Max(first, 0); i < segments.Count; i++)
        {
            var segment = segments[i];
            var cutBytes = Recover(segment);
            if (cutBytes == 0 && !IsNotContinued(i))
                continue;
            options.Log.Warn("log", $"partition={options.Partition} segment={segment} cut at position={segment.SizeInBytes} dropped "
                + $"bytes={cutBytes} later segments={segments.Count - i - 1}");
            DeleteFrom(i + 1);
        }
    }

    /// <summary>Returns how many bytes were cut.</summary>
    private int Recover(LogSegment segment)
    {
        var recovered = SegmentRecovery.Recover(segment, leaderEpochs);
        if (recovered.HasTransactions || segment.AbortedTransactions.Entries.Count > 0)
            withDoubtfulTransactions.Add(segment.BaseOffset);
        return recovered.CutBytes;
    }

    /// <summary>
    /// A power loss can take a segment's end at a batch boundary, or bring back one that had been cut off, and leave the next segment,
    /// whose name became durable earlier. Only compaction makes holes rightly.
    /// </summary>
    private bool IsNotContinued(int segmentIndex)
    {
        if (segmentIndex + 1 == segments.Count)
            return false;
        var (nextOffset, nextBaseOffset) = (segments[segmentIndex].ReadNextOffset(), segments[segmentIndex + 1].BaseOffset);
        return nextOffset > nextBaseOffset || nextOffset < nextBaseOffset && !options.Config.IsCompacted;
    }

    private ProducerStates LoadProducers(ProducerSnapshotFiles snapshots, long logStartOffset, long logEndOffset)
    {
        var producers = NewProducers();
        if (!options.IsCleanShutdown || !snapshots.IsEmpty)
        {
            ProducerReplay.Reload(producers, snapshots, segments, logStartOffset, logEndOffset);
            return producers;
        }
        // A log written before there were snapshots has no producers to remember: it is not read through for them.
        foreach (var offset in segments.TakeLast(2).Select(segment => segment.BaseOffset).Append(logEndOffset))
        {
            producers.MapEndOffset = offset;
            snapshots.Take(producers);
        }
        return producers;
    }

    private void ReindexTransactions(ProducerSnapshotFiles snapshots)
    {
        var first = segments.FindIndex(segment => withDoubtfulTransactions.Contains(segment.BaseOffset));
        if (first >= 0)
            UncommittedTransactions.Reindex(segments, first, snapshots, scratch: NewProducers());
    }

    private long FindUncommitted(ProducerStates producers, long logStartOffset)
    {
        var lastOffset = UncommittedTransactions.LastOffset(segments, producers);
        if (lastOffset >= logStartOffset)
            options.Log.Warn("log", $"partition={options.Partition} holds open or aborted transactions up to offset={lastOffset}; "
                + "read_committed is refused until retention has deleted them");
        return lastOffset;
    }

    private ProducerStates NewProducers() => new(options.Time, options.ProducerIdExpirationMs);

    private void DeleteFrom(int segmentIndex)
    {
        // The last goes first, so that a crash in between leaves no hole.
        while (segments.Count > segmentIndex)
        {
            var segment = segments[^1];
            segments.RemoveAt(segments.Count - 1);
            segment.Close();
            segment.DeleteFiles();
            disk.DeleteFile(Path.Combine(options.Directory, LogFileNames.OfOffset(segment.BaseOffset, LogFileNames.SnapshotSuffix)));
        }
    }

    private static bool IsOrphanIndex(string name, HashSet<string> names)
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            if (suffix != LogFileNames.LogSuffix && LogFileNames.TryParseOffset(name, suffix, out var baseOffset))
                return !names.Contains(LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
        }
        return false;
    }
}
