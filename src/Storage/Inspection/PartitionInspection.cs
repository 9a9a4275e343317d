using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>What the inspection of a partition's folder came to.</summary>
/// <param name="TopicId">Zero without one.</param>
/// <param name="LogStart">The base offset of the first segment.</param>
/// <param name="LogEnd">Behind the last sound batch.</param>
/// <param name="SizeInBytes">Of its segments, without what is only preallocated.</param>
public sealed record InspectedPartition(TopicId TopicId, long LogStart, long LogEnd, int SegmentCount, long BatchCount, long SizeInBytes);

/// <summary>Inspects all files in a partition's folder. Changes nothing.</summary>
internal sealed class PartitionInspection(InspectionOptions options, string directory)
{
    private static readonly string[] unfinished
        = [LogFileNames.DeletedSuffix, LogFileNames.CleanedSuffix, LogFileNames.SwapSuffix, ".tmp"];

    /// <summary>By the base offsets in their names.</summary>
    private readonly SortedSet<long> logs = [];
    private readonly List<long> snapshots = [];
    private TopicId topicId;

    public InspectedPartition Run()
    {
        var entries = options.Disk.List(directory);
        foreach (var entry in entries)
        {
            if (!entry.IsDirectory && LogFileNames.TryParseOffset(entry.Name, LogFileNames.LogSuffix, out var baseOffset))
                logs.Add(baseOffset);
        }
        foreach (var entry in entries)
            Sort(entry);
        if (logs.Count == 0)
            options.Report(new Finding(directory, "holds no segment") { Kind = FindingKind.Note });
        long[] bases = [.. logs];
        var epochs = new EpochInspection(options, directory);
        using var transactions = new TransactionInspection(options, directory, isWholeLog: bases is [0, ..]);
        var trail = new PartitionTrail(transactions, epochs) { NextOffset = bases.FirstOrDefault() };
        for (var i = 0; i < bases.Length; i++)
        {
            if (bases[i] > trail.NextOffset && i > 0)
                TellOfGap(bases[i], trail);
            trail.NextOffset = Math.Max(trail.NextOffset, bases[i]);
            SegmentInspection.Run(options, trail, directory, bases[i], isActive: i + 1 == bases.Length);
        }
        epochs.End(trail.NextOffset);
        foreach (var offset in snapshots)
            InspectSnapshot(offset, trail.NextOffset);
        return new InspectedPartition(
            topicId, bases.FirstOrDefault(), trail.NextOffset, bases.Length, trail.BatchCount,
            bases.Sum(LogBytes) - trail.UnwrittenBytes);
    }

    private long LogBytes(long baseOffset)
    {
        var path = PathOf(LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
        return options.Disk.Open(path, DiskOpenMode.ReadOnly).Use(file => file.Length);
    }

    private void TellOfGap(long baseOffset, PartitionTrail trail)
    {
        trail.Transactions.HasHoles = true;
        options.Report(new Finding(PathOf(LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix)),
            $"the segment before it ends at {trail.NextOffset}: compaction has taken what was between, or it is lost")
        {
            Kind = FindingKind.Note,
            Offset = baseOffset,
        });
    }

    /// <summary>Looks at a file by its name; those of segments come with them.</summary>
    private void Sort(DiskEntry entry)
    {
        var name = entry.Name;
        if (entry.IsDirectory)
            Note(name, "is a folder, of which a partition has none");
        else if (name == PartitionMetadataFile.FileName)
            ReadTopicId();
        else if (LogFileNames.TryParseOffset(name, LogFileNames.SnapshotSuffix, out var offset))
            snapshots.Add(offset);
        else if (unfinished.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)))
            Note(name, "is of a change that was under way: the next start ends it");
        else if (SegmentOf(name) is { } baseOffset)
        {
            if (!logs.Contains(baseOffset))
                options.Report(new Finding(PathOf(name), "belongs to no segment")
                {
                    Remedy = new RepairStep.DeleteFile(PathOf(name), "no segment has its name"),
                });
        }
        else if (name != LeaderEpochFile.FileName)
            Note(name, "is none of a partition's files");
    }

    private void ReadTopicId()
    {
        try
        {
            topicId = PartitionMetadataFile.Read(options.Disk, directory);
        }
        catch (InvalidDataException)
        {
            options.Report(new Finding(PathOf(PartitionMetadataFile.FileName), "is not a partition metadata file")
            {
                Remedy = new RepairStep.DeleteFile(
                    PathOf(PartitionMetadataFile.FileName), "the next leader writes the id that the cluster knows the topic by"),
            });
        }
    }

    private void InspectSnapshot(long offset, long logEnd)
    {
        var name = LogFileNames.OfOffset(offset, LogFileNames.SnapshotSuffix);
        if (!ProducerSnapshot.TryDecode(options.Disk.ReadAllBytes(PathOf(name)), out _))
            options.Report(new Finding(PathOf(name), "is not a whole producer snapshot: its checksum, length or version is wrong")
            {
                Remedy = new RepairStep.DeleteFile(PathOf(name), "a start reads more of the log instead"),
            });
        else if (offset > logEnd)
            Note(name, $"lies beyond the log's end at {logEnd}: the next start deletes it");
    }

    private void Note(string name, string what) => options.Report(new Finding(PathOf(name), what) { Kind = FindingKind.Note });

    private string PathOf(string name) => Path.Combine(directory, name);

    /// <summary>The base offset in the name of a segment's file; null when it is none's.</summary>
    internal static long? SegmentOf(string name)
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            if (LogFileNames.TryParseOffset(name, suffix, out var offset))
                return offset;
        }
        return null;
    }
}
