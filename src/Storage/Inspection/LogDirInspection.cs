using System.Text;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>Inspects one of <c>log.dirs</c>: its own files, then each partition in it. Changes nothing.</summary>
internal sealed class LogDirInspection(InspectionOptions options, string path, Action<string, InspectedPartition> inspected)
{
    private static readonly (string Name, string Consequence)[] checkpointFiles =
    [
        (OffsetCheckpointFile.RecoveryPoint, "the next start reads all logs through"),
        (OffsetCheckpointFile.LogStartOffset, "records that were deleted by request, and whose segments are still there, come back"),
        (OffsetCheckpointFile.HighWatermark, "high watermarks begin at the logs' starts until replicas tell how far they are"),
        (OffsetCheckpointFile.Cleaner, "the cleaner reads compacted logs from their starts"),
    ];

    private readonly Dictionary<string, Dictionary<TopicPartition, long>> checkpoints = [];
    private readonly Dictionary<string, (TopicId Id, string Folder)> topicIds = [];

    public void Run()
    {
        InspectMetaProperties();
        foreach (var (name, consequence) in checkpointFiles)
            checkpoints[name] = ReadCheckpoint(name, consequence);
        foreach (var entry in options.Disk.List(path))
        {
            if (entry.IsDirectory && !LogDirFolders.Known.Contains(entry.Name))
                InspectFolder(entry.Name);
        }
    }

    private void InspectFolder(string name)
    {
        var folder = Path.Combine(path, name);
        if (LogFileNames.HasUniqueSuffix(name, LogFileNames.DeleteDirSuffix))
            options.Report(new Finding(folder, "waits to be deleted") { Kind = FindingKind.Note });
        else if (LogFileNames.HasUniqueSuffix(name, LogFileNames.FutureDirSuffix)
            || LogFileNames.HasUniqueSuffix(name, LogFileNames.StrayDirSuffix))
            inspected(folder, new PartitionInspection(options, folder).Run());
        else if (LogFileNames.TryParsePartition(name, out var partition))
            InspectPartition(folder, partition);
        else
            options.Report(new Finding(folder, "is not a partition's folder: no broker starts with it in a log dir"));
    }

    private void InspectPartition(string folder, TopicPartition partition)
    {
        var found = new PartitionInspection(options, folder).Run();
        if (!found.TopicId.IsZero && !topicIds.TryAdd(partition.Topic, (found.TopicId, folder))
            && topicIds[partition.Topic] is var (id, other) && id != found.TopicId)
            options.Report(new Finding(
                Path.Combine(folder, PartitionMetadataFile.FileName), $"says topic id {found.TopicId}, and that in {other} says {id}"));
        // Only what is on disk already can be beyond an end that is still moving.
        if (!options.IsInUse)
            InspectOffsets(partition, found);
        inspected(folder, found);
    }

    private void InspectOffsets(TopicPartition partition, InspectedPartition found)
    {
        foreach (var name in (string[])[OffsetCheckpointFile.RecoveryPoint, OffsetCheckpointFile.HighWatermark,
            OffsetCheckpointFile.LogStartOffset])
        {
            if (checkpoints[name].TryGetValue(partition, out var offset) && offset > found.LogEnd)
                options.Report(new Finding(
                    Path.Combine(path, name), $"says {offset} of {partition}, whose log ends at {found.LogEnd}: records are gone")
                {
                    Remedy = new RepairStep.LowerOffset(Path.Combine(path, name), partition, found.LogEnd),
                });
        }
    }

    private void InspectMetaProperties()
    {
        try
        {
            if (MetaProperties.Read(options.Disk, path) is null)
                options.Report(new Finding(Path.Combine(path, MetaProperties.FileName), "is missing") { Kind = FindingKind.Note });
        }
        catch (InvalidDataException exception)
        {
            var file = Path.Combine(path, MetaProperties.FileName);
            options.Report(new Finding(file, exception.Message.Replace(file + ": ", "", StringComparison.Ordinal)));
        }
    }

    private Dictionary<TopicPartition, long> ReadCheckpoint(string name, string consequence)
    {
        var file = Path.Combine(path, name);
        if (!options.Disk.FileExists(file))
            return [];
        if (OffsetCheckpointFile.TryParse(Encoding.UTF8.GetString(options.Disk.ReadAllBytes(file)), out var offsets))
            return offsets;
        options.Report(new Finding(file, "is not an offset checkpoint") { Remedy = new RepairStep.DeleteFile(file, consequence) });
        return [];
    }
}
