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
}

/// <summary>
/// Opens the files of a log. After a clean stop they are believed, up to their last whole batches; otherwise every segment that is not
/// known to be durable is read through, cut at its last whole batch, and what came after a cut is deleted. Where a segment is missing, what
/// came after is kept. Deletions and replacements that a crash interrupted are finished first. No loop owns the log yet.
/// </summary>
internal sealed class LogLoader
{
    private readonly LogOpenOptions options;
    private readonly IDisk disk;
    private readonly SegmentOptions segmentOptions;
    private readonly LeaderEpochFile leaderEpochs;
    private readonly ProducerStates producers;
    private readonly ProducerSnapshotFiles snapshots;
    /// <summary>Of the files in the folder, before anything is opened.</summary>
    private readonly HashSet<string> names;
    private readonly List<LogSegment> segments = [];
    /// <summary>Base offsets of segments whose transaction index may not say what their batches say.</summary>
    private readonly HashSet<long> withDoubtfulTransactions = [];

    private LogLoader(LogOpenOptions options, HashSet<string> names)
    {
        (this.options, this.names) = (options, names);
        disk = options.Disk;
        segmentOptions = options.ForSegments(options.Config);
        leaderEpochs = LeaderEpochFile.Open(disk, options.Directory, options.Log);
        snapshots = new ProducerSnapshotFiles(disk, options.Directory, options.Log, names);
        producers = new ProducerStates(options.Time, options.ProducerIdExpirationMs, options.Producers);
    }

    public static LoadedLog Load(LogOpenOptions options)
    {
        var loader = new LogLoader(options, InterruptedChanges.Finish(options.Disk, options.Directory));
        try
        {
            return loader.Load();
        }
        catch
        {
            loader.segments.ForEach(segment => segment.Close());
            loader.producers.Release();
            throw;
        }
    }

    private LoadedLog Load()
    {
        OpenSegments();
        if (options.IsCleanShutdown)
            CutTornEnds();
        else
            Recover();
        if (segments.Count == 0)
            segments.Add(LogSegment.Create(segmentOptions, options.LogStartOffset));
        var logEndOffset = segments[^1].ReadNextOffset();
        TellOfLostRecords();
        // A checkpoint beyond the log's end is no reason to drop the records that there are.
        var logStartOffset = options.LogStartOffset <= logEndOffset
            ? Math.Max(options.LogStartOffset, segments[0].BaseOffset)
            : segments[0].BaseOffset;
        // That of a leader who wrote nothing is kept, as it is while the log is in use: the log mostly gets the same leader again.
        leaderEpochs.TruncateFromEnd(logEndOffset + 1);
        leaderEpochs.TruncateFromStart(logStartOffset);
        snapshots.DeleteStrays(segments.Select(segment => segment.BaseOffset).ToHashSet());
        ReindexTransactions();
        LoadProducers(logStartOffset, logEndOffset);
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
        };
    }

    private void OpenSegments()
    {
        foreach (var name in names)
        {
            if (IsOrphanIndex(name))
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
        segment.Flush();
        segment.PutIndexesInPlace();
    }

    /// <summary>
    /// Reads the segments past the recovery point through. After the first that had to be cut nothing can be trusted to follow.
    /// </summary>
    private void Recover()
    {
        var first = Math.Max(segments.FindLastIndex(segment => segment.BaseOffset <= options.RecoveryPoint), 0);
        var left = segments.Count - first;
        options.Progress?.SegmentsToRead(left);
        for (var i = first; i < segments.Count; i++)
        {
            var segment = segments[i];
            var mayHaveLostItsEnd = options.Config.Preallocate && MayHaveLostPowerSince(segment);
            var recovered = Recover(segment);
            options.Progress?.SegmentsToRead(-1);
            left--;
            if (recovered.CutBytes == 0 && !IsNotContinued(i))
                continue;
            if (recovered.CutBytes > 0 && recovered.BeginsWithZeros && options.Config.Preallocate && IsContinuedAtOnce(i))
            {
                if (mayHaveLostItsEnd)
                    TellOfCut(segment, recovered.CutBytes, laterSegments: 0);
                else
                    TellOfUnwritten(segment, recovered.CutBytes);
                continue;
            }
            TellOfCut(segment, recovered.CutBytes, laterSegments: segments.Count - i - 1);
            DeleteFrom(i + 1);
        }
        options.Progress?.SegmentsToRead(-left);
    }

    /// <summary>
    /// Bytes at a segment's end that are no whole batch were whole when the log was closed. Appends behind them would be out of reach.
    /// </summary>
    private void CutTornEnds()
    {
        foreach (var segment in segments)
        {
            if (segment.EndsInWholeBatch())
                continue;
            TellOfCut(segment, Recover(segment).CutBytes, laterSegments: 0);
            segment.Flush();
        }
    }

    private void TellOfCut(LogSegment segment, int cutBytes, int laterSegments)
        => options.Log.Warn("log", $"partition={options.Partition} segment={segment} cut at position={segment.SizeInBytes} dropped "
            + $"bytes={cutBytes} later segments={laterSegments}");

    /// <summary>A broker that was killed leaves what it preallocated, which is no loss.</summary>
    private void TellOfUnwritten(LogSegment segment, int unwrittenBytes)
        => options.Log.Info("log", $"partition={options.Partition} segment={segment} ends at position={segment.SizeInBytes}; "
            + $"bytes={unwrittenBytes} that were preallocated behind it are cut off");

    private RecoveredSegment Recover(LogSegment segment)
    {
        var recovered = SegmentRecovery.Recover(segment, leaderEpochs);
        if (recovered.HasTransactions || segment.AbortedTransactions.Count > 0)
            withDoubtfulTransactions.Add(segment.BaseOffset);
        return recovered;
    }

    /// <summary>
    /// A power loss can take a segment's end at a batch boundary, or bring back one that had been cut off, and leave the next segment,
    /// whose name became durable earlier. Compaction makes holes rightly; and where no power loss can have made one, somebody has deleted a
    /// segment, for which those behind it are not dropped.
    /// </summary>
    private bool IsNotContinued(int segmentIndex)
    {
        if (segmentIndex + 1 == segments.Count)
            return false;
        var (segment, nextBaseOffset) = (segments[segmentIndex], segments[segmentIndex + 1].BaseOffset);
        var nextOffset = segment.ReadNextOffset();
        return nextOffset > nextBaseOffset
            || nextOffset < nextBaseOffset && !options.MayHaveHoles && MayHaveLostItsEnd(segment, nextOffset);
    }

    private bool MayHaveLostItsEnd(LogSegment segment, long nextOffset)
        => nextOffset >= options.RecoveryPoint && MayHaveLostPowerSince(segment);

    /// <summary>Whether the machine has gone down since the segment was written to.</summary>
    private bool MayHaveLostPowerSince(LogSegment segment) => segment.LastModifiedMs <= disk.UpSince.ToUnixTimeMilliseconds();

    /// <summary>Whether the segment is the last one, or the next begins with the offset behind its last.</summary>
    private bool IsContinuedAtOnce(int segmentIndex)
        => segmentIndex + 1 == segments.Count || segments[segmentIndex].ReadNextOffset() == segments[segmentIndex + 1].BaseOffset;

    private void TellOfLostRecords()
    {
        var epochs = leaderEpochs.Current.Entries;
        var checkpoints = new CheckpointedOffsets(
            epochs.Count > 0 ? epochs[0].StartOffset : -1, options.LogStartOffset, options.RecoveryPoint, options.HighWatermark);
        var found = segments.ConvertAll(segment => (segment.BaseOffset, segment.ReadNextOffset()));
        foreach (var line in LostRecords.Describe(found, checkpoints, options.MayHaveHoles))
            options.Log.Warn("log", $"partition={options.Partition} {line}");
    }

    private void LoadProducers(long logStartOffset, long logEndOffset)
    {
        if (!options.IsCleanShutdown || !snapshots.IsEmpty)
        {
            // A clean stop has answered what was in flight, so that no producer has cause to repeat more than its last batch.
            var recalledBytes = options.IsCleanShutdown ? 0 : options.Config.MostBytesInFlight;
            ProducerReplay.Reload(producers, snapshots, segments, logStartOffset, logEndOffset, recalledBytes);
            return;
        }
        // A log written before there were snapshots has no producers to remember: it is not read through for them.
        foreach (var offset in segments.TakeLast(2).Select(segment => segment.BaseOffset).Append(logEndOffset))
        {
            producers.MapEndOffset = offset;
            snapshots.Take(producers);
        }
    }

    private void ReindexTransactions()
    {
        var first = segments.FindIndex(segment => withDoubtfulTransactions.Contains(segment.BaseOffset));
        if (first < 0)
            return;
        var scratch = producers.NewEmpty(mapEndOffset: 0);
        try
        {
            TransactionReindex.Run(segments, first, snapshots, scratch);
        }
        finally
        {
            scratch.Release();
        }
    }

    private void DeleteFrom(int segmentIndex)
    {
        if (segmentIndex == segments.Count)
            return;
        // The last goes first, so that a crash in between leaves no hole.
        while (segments.Count > segmentIndex)
        {
            var segment = segments[^1];
            segments.RemoveAt(segments.Count - 1);
            segment.Close();
            segment.DeleteFiles();
            snapshots.Delete(segment.BaseOffset);
        }
        // A power loss must not bring them back behind what is appended from now on.
        disk.FlushDirectory(options.Directory);
    }

    private bool IsOrphanIndex(string name)
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            if (suffix != LogFileNames.LogSuffix && LogFileNames.TryParseOffset(name, suffix, out var baseOffset))
                return !names.Contains(LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
        }
        return false;
    }
}
