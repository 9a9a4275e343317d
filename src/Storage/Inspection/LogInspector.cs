using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>What a path is that somebody wants inspected.</summary>
public enum InspectedKind
{
    /// <summary>Nothing that a log dir has.</summary>
    Unknown,
    LogDir,
    Partition,
    /// <summary>A file of a segment: <c>.log</c>, <c>.index</c>, <c>.timeindex</c> or <c>.txnindex</c>.</summary>
    SegmentFile,
    Snapshot,
    LeaderEpochs,
    PartitionMetadata,
    MetaProperties,
    OffsetCheckpoint,
}

/// <summary>
/// Holds the files of log dirs against each other and names what is damaged, for an operator: log dirs, folders of partitions and single
/// files of any Kafka since 0.8. Changes nothing, reads in pieces, and finds all that it can in one pass.
/// </summary>
public static class LogInspector
{
    private static readonly string[] signsOfLogDir
        = [LogDir.LockFile, MetaProperties.FileName, OffsetCheckpointFile.RecoveryPoint, OffsetCheckpointFile.HighWatermark];

    public static InspectedKind KindOf(IDisk disk, string path)
    {
        var name = Path.GetFileName(path);
        if (disk.DirectoryExists(path))
            return KindOfFolder(disk, path, name);
        if (!disk.FileExists(path))
            return InspectedKind.Unknown;
        return name switch
        {
            LeaderEpochFile.FileName => InspectedKind.LeaderEpochs,
            PartitionMetadataFile.FileName => InspectedKind.PartitionMetadata,
            MetaProperties.FileName => InspectedKind.MetaProperties,
            OffsetCheckpointFile.RecoveryPoint or OffsetCheckpointFile.LogStartOffset or OffsetCheckpointFile.HighWatermark
                or OffsetCheckpointFile.Cleaner => InspectedKind.OffsetCheckpoint,
            _ when LogFileNames.TryParseOffset(name, LogFileNames.SnapshotSuffix, out _) => InspectedKind.Snapshot,
            _ when PartitionInspection.SegmentOf(name) is not null => InspectedKind.SegmentFile,
            _ => InspectedKind.Unknown,
        };
    }

    /// <summary>
    /// Inspects a path whose kind is known. <paramref name="inspected"/> is told of each partition when all in its folder has been seen.
    /// A single file is held against those beside it, and only what is wrong with it is reported.
    /// </summary>
    public static void Inspect(InspectionOptions options, string path, Action<string, InspectedPartition> inspected)
    {
        var dir = LogDirOf(options.Disk, path);
        options = options with
        {
            MayBePreallocated = dir is not null && !options.Disk.FileExists(Path.Combine(dir, LogDir.CleanShutdownFile)),
        };
        switch (KindOf(options.Disk, path))
        {
            case InspectedKind.LogDir:
                new LogDirInspection(options, path, inspected).Run();
                break;
            case InspectedKind.Partition:
                inspected(path, new PartitionInspection(options, path).Run());
                break;
            case InspectedKind.SegmentFile:
                InspectSegment(Only(options, path), path);
                break;
            case InspectedKind.MetaProperties or InspectedKind.OffsetCheckpoint:
                new LogDirInspection(Only(options, path), FolderOf(path), (_, _) => { }).Run();
                break;
            case not InspectedKind.Unknown:
                new PartitionInspection(Only(options, path), FolderOf(path)).Run();
                break;
        }
    }

    /// <summary>The log dir that the path is, or is in; null when none that a broker has used is to be seen there.</summary>
    public static string? LogDirOf(IDisk disk, string path)
    {
        // The path may be the dir, a folder or a file in it, or a file in a partition's folder.
        var folder = path;
        for (var level = 0; level < 3 && folder is { Length: > 1 }; level++, folder = Path.GetDirectoryName(folder))
        {
            if (signsOfLogDir.Any(name => disk.FileExists(Path.Combine(folder, name))))
                return folder;
        }
        return null;
    }

    private static InspectedKind KindOfFolder(IDisk disk, string path, string name)
    {
        var entries = disk.List(path);
        if (entries.Any(entry => !entry.IsDirectory && signsOfLogDir.Contains(entry.Name)))
            return InspectedKind.LogDir;
        if (entries.Any(entry => !entry.IsDirectory && PartitionInspection.SegmentOf(entry.Name) is not null)
            || LogFileNames.TryParsePartition(name, out _))
            return InspectedKind.Partition;
        return entries.Any(entry => entry.IsDirectory && LogFileNames.TryParsePartition(entry.Name, out _))
            ? InspectedKind.LogDir
            : InspectedKind.Unknown;
    }

    private static void InspectSegment(InspectionOptions options, string path)
    {
        var (directory, baseOffset) = (FolderOf(path), PartitionInspection.SegmentOf(Path.GetFileName(path))!.Value);
        if (!options.Disk.FileExists(Path.Combine(directory, LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix))))
        {
            options.Report(new Finding(path, "belongs to no segment"));
            return;
        }
        // Only a walk from the log's start knows which transactions are open where the segment begins.
        if (path.EndsWith(LogFileNames.TxnIndexSuffix, StringComparison.Ordinal))
        {
            new PartitionInspection(options with { Visitor = null, IsDeep = false }, directory).Run();
            return;
        }
        using var transactions = new TransactionInspection(options with { Report = static _ => { } }, directory, isWholeLog: false);
        var trail = new PartitionTrail(transactions, new EpochInspection(options, directory)) { NextOffset = baseOffset };
        var isActive = BatchHeaders.SegmentsIn(options.Disk, directory)[^1] == baseOffset;
        SegmentInspection.Run(options, trail, directory, baseOffset, isActive);
    }

    private static InspectionOptions Only(InspectionOptions options, string path) => options with
    {
        Report = finding =>
        {
            if (finding.Path == path)
                options.Report(finding);
        },
    };

    private static string FolderOf(string path) => Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".";
}
