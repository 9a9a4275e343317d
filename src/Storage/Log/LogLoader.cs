using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>What <see cref="LogLoader"/> found and mended.</summary>
internal sealed record LoadedLog(
    List<LogSegment> Segments, long LogStartOffset, long LogEndOffset, long RecoveryPoint, LeaderEpochFile LeaderEpochs,
    ProducerStateTable ProducerStates, TopicId TopicId);

/// <summary>
/// Opens the files of a log. After a clean stop they are believed; otherwise every segment that is not known to be durable is read through,
/// cut at its last whole batch, and what came after goes. Unfinished deletions and replacements are brought to their end first. No loop
/// owns the log yet.
/// </summary>
internal sealed class LogLoader
{
    private readonly LogOpenOptions options;
    private readonly IDisk disk;
    private readonly LeaderEpochFile leaderEpochs;
    private readonly List<LogSegment> segments = [];

    private LogLoader(LogOpenOptions options)
    {
        this.options = options;
        disk = options.Disk;
        leaderEpochs = LeaderEpochFile.Open(disk, options.Directory, options.Log);
    }

    public static LoadedLog Load(LogOpenOptions options)
    {
        InterruptedChanges.Finish(options.Disk, options.Directory);
        return new LogLoader(options).Load();
    }

    /// <summary>Sets the producers to what the log up to its end says, by the newest snapshot and the batches after it.</summary>
    public static void ReloadProducers(
        ProducerStateTable producers, IReadOnlyList<LogSegment> segments, long logStartOffset, long logEndOffset)
    {
        producers.Reload(logStartOffset, logEndOffset);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i + 1 < segments.Count && segments[i + 1].BaseOffset <= producers.MapEndOffset)
                continue;
            Replay(producers, segments[i]);
        }
        producers.MapEndOffset = logEndOffset;
        producers.TakeSnapshot();
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
            segments.Add(LogSegment.Create(disk, options.Directory, options.LogStartOffset, options.Config, options.Time));
        var logEndOffset = segments[^1].ReadNextOffset();
        var logStartOffset = Math.Max(options.LogStartOffset, segments[0].BaseOffset);
        leaderEpochs.TruncateFromEnd(logEndOffset);
        leaderEpochs.TruncateFromStart(logStartOffset);
        var recoveryPoint = options.IsCleanShutdown ? logEndOffset : Math.Min(options.RecoveryPoint, logEndOffset);
        return new LoadedLog(
            segments, logStartOffset, logEndOffset, recoveryPoint, leaderEpochs, LoadProducers(
                logStartOffset, logEndOffset), PartitionMetadataFile.Read(disk, options.Directory));
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
            segments.Add(hasIndexes && OpenIfIndexed(baseOffset) is { } segment ? segment : RebuildIndexes(baseOffset));
        }
    }

    private LogSegment? OpenIfIndexed(long baseOffset)
    {
        var segment = LogSegment.Open(disk, options.Directory, baseOffset, options.Config, options.Time);
        if (segment.HasSoundIndexes())
            return segment;
        segment.Close();
        return null;
    }

    private LogSegment RebuildIndexes(long baseOffset)
    {
        var segment = LogSegment.OpenToIndex(disk, options.Directory, baseOffset, options.Config, options.Time);
        options.Log.Warn("log", $"partition={options.Partition} segment={segment} has no sound index; building it anew");
        SegmentRecovery.Recover(segment, leaderEpochs);
        segment.PutIndexesInPlace();
        return segment;
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
            var cutBytes = SegmentRecovery.Recover(segment, leaderEpochs);
            if (cutBytes == 0 && !IsNotContinued(i))
                continue;
            options.Log.Warn("log", $"partition={options.Partition} segment={segment} cut at position={segment.SizeInBytes} dropped "
                + $"bytes={cutBytes} later segments={segments.Count - i - 1}");
            DeleteFrom(i + 1);
        }
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

    private ProducerStateTable LoadProducers(long logStartOffset, long logEndOffset)
    {
        var producers = new ProducerStateTable(disk, options.Directory, options.Time, options.Log, options.ProducerIdExpirationMs);
        producers.DeleteStraySnapshots(segments.Select(segment => segment.BaseOffset).ToHashSet());
        if (options.IsCleanShutdown && producers.SnapshotOffsets.Count == 0)
        {
            // A log written before there were snapshots has no producers to remember: it is not read through for them.
            foreach (var segment in segments.TakeLast(2))
                SnapshotAt(producers, segment.BaseOffset);
            SnapshotAt(producers, logEndOffset);
            return producers;
        }
        ReloadProducers(producers, segments, logStartOffset, logEndOffset);
        return producers;
    }

    private static void SnapshotAt(ProducerStateTable producers, long offset)
    {
        producers.MapEndOffset = offset;
        producers.TakeSnapshot();
    }

    private static void Replay(ProducerStateTable producers, LogSegment segment)
    {
        var startOffset = producers.MapEndOffset;
        var start = segment.Locate(startOffset, segment.SizeInBytes);
        var scanner = new BatchScanner(segment.File, start.Position, segment.SizeInBytes, stackalloc byte[BatchScanner.BufferBytes]);
        while (scanner.MoveNext())
        {
            if (!scanner.IsCurrentFormat || !scanner.Header.HasProducerId)
                continue;
            if (!scanner.Header.IsControl)
            {
                producers.Apply(scanner.Header);
                continue;
            }
            var marker = new byte[scanner.SizeInBytes];
            if (segment.File.Read(scanner.Position, marker) == marker.Length)
                producers.Apply(new RecordBatch(marker));
        }
    }

    private void DeleteFrom(int segmentIndex)
    {
        // The last goes first, so that a crash in between leaves no hole.
        foreach (var segment in segments[segmentIndex..].AsEnumerable().Reverse())
        {
            segment.Close();
            segment.DeleteFiles();
            disk.DeleteFile(Path.Combine(options.Directory, LogFileNames.OfOffset(segment.BaseOffset, LogFileNames.SnapshotSuffix)));
        }
        segments.RemoveRange(segmentIndex, segments.Count - segmentIndex);
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
