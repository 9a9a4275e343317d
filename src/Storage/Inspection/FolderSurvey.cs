using System.Buffers.Binary;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>A partition's folder in a log dir.</summary>
public sealed record FoundPartition(TopicPartition Partition, string LogDir, string Folder);

/// <summary>What the files of a partition say about it to who knows nothing else.</summary>
public sealed record SurveyedPartition
{
    public required TopicPartition Partition { get; init; }
    public required string Folder { get; init; }
    /// <summary>Zero where the folder has none.</summary>
    public required TopicId TopicId { get; init; }
    /// <summary>The largest that its leaders have written; Unknown for a log from before there were epochs.</summary>
    public required LeaderEpoch LatestEpoch { get; init; }
    /// <summary>−1 when no producer with an id is remembered.</summary>
    public required long LargestProducerId { get; init; }
    /// <summary>Whether a cleaner has worked on it, so that its topic is compacted.</summary>
    public required bool IsCleaned { get; init; }
    public required long SizeInBytes { get; init; }
    public required long OldestSegmentBytes { get; init; }
    /// <summary>The largest timestamp of the oldest segment, by which retention goes; that of its file when its index says none.</summary>
    public required long OldestSegmentTimestampMs { get; init; }
}

/// <summary>
/// Reads from the folders of log dirs which partitions they hold and what is in their files, for a broker that does not know their topics.
/// Changes nothing.
/// </summary>
public static class FolderSurvey
{
    /// <summary>The partitions' folders by name, without a look into them.</summary>
    public static IReadOnlyList<FoundPartition> Find(IDisk disk, IEnumerable<string> logDirs)
    {
        var found = new List<FoundPartition>();
        foreach (var dir in logDirs)
        {
            foreach (var entry in disk.List(dir))
            {
                if (entry.IsDirectory && !LogDirFolders.Known.Contains(entry.Name)
                    && LogFileNames.TryParsePartition(entry.Name, out var partition))
                    found.Add(new FoundPartition(partition, dir, Path.Combine(dir, entry.Name)));
            }
        }
        return found;
    }

    /// <exception cref="InvalidDataException">The topic's id cannot be read.</exception>
    public static SurveyedPartition Survey(IDisk disk, FoundPartition found)
    {
        var folder = found.Folder;
        var segments = BatchHeaders.SegmentsIn(disk, folder);
        var (epoch, producerId) = (LatestEpochIn(disk, folder), -1L);
        var unread = ReadSnapshots(disk, folder, ref producerId);
        var lastBytes = 0L;
        for (var i = 0; i < segments.Count; i++)
        {
            // Snapshots say what the segments before them do; the last segment is read in any case, because epochs may be in it alone.
            if (i + 1 == segments.Count || segments[i + 1] > unread)
                lastBytes = ReadHeaders(disk, LogOf(folder, segments[i]), ref epoch, ref producerId);
        }
        var sizes = segments.ConvertAll(segment => disk.Open(LogOf(folder, segment), DiskOpenMode.ReadOnly).Use(file => file.Length));
        // Its file may be preallocated.
        if (sizes.Count > 0)
            sizes[^1] = lastBytes;
        return new SurveyedPartition
        {
            Partition = found.Partition,
            Folder = folder,
            TopicId = PartitionMetadataFile.Read(disk, folder),
            LatestEpoch = epoch,
            LargestProducerId = producerId,
            IsCleaned = new OffsetCheckpointFile(disk, Path.Combine(found.LogDir, OffsetCheckpointFile.Cleaner), NoLog.Instance)
                .Read().ContainsKey(found.Partition),
            SizeInBytes = sizes.Sum(),
            OldestSegmentBytes = sizes.FirstOrDefault(),
            OldestSegmentTimestampMs = segments.Count == 0 ? long.MaxValue : TimestampOf(disk, folder, segments[0]),
        };
    }

    private static LeaderEpoch LatestEpochIn(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, LeaderEpochFile.FileName);
        return disk.FileExists(path) && LeaderEpochFile.TryRead(disk, path, out var epochs)
            ? epochs.LatestEpoch
            : LeaderEpoch.Unknown;
    }

    /// <summary>The offset up to which sound snapshots tell of the producers.</summary>
    private static long ReadSnapshots(IDisk disk, string folder, ref long producerId)
    {
        var until = -1L;
        foreach (var entry in disk.List(folder))
        {
            if (!LogFileNames.TryParseOffset(entry.Name, LogFileNames.SnapshotSuffix, out var offset)
                || !ProducerSnapshot.TryDecode(disk.ReadAllBytes(Path.Combine(folder, entry.Name)), out var producers))
                continue;
            until = Math.Max(until, offset);
            foreach (var producer in producers)
                producerId = Math.Max(producerId, producer.ProducerId);
        }
        return until;
    }

    /// <summary>Returns where the last whole batch ends.</summary>
    private static long ReadHeaders(IDisk disk, string path, ref LeaderEpoch epoch, ref long producerId)
    {
        var (latest, largest, end) = (epoch, producerId, 0L);
        disk.Open(path, DiskOpenMode.ReadOnly).Use(file =>
        {
            BatchHeaders.Visit(file, file.Length, (position, header) =>
            {
                if (header.PartitionLeaderEpoch > latest)
                    latest = header.PartitionLeaderEpoch;
                largest = Math.Max(largest, header.Producer.ProducerId);
                end = position + header.SizeInBytes;
            });
            return 0;
        });
        (epoch, producerId) = (latest, largest);
        return end;
    }

    private static long TimestampOf(IDisk disk, string folder, long baseOffset)
    {
        var timestamp = -1L;
        var path = Path.Combine(folder, LogFileNames.OfOffset(baseOffset, LogFileNames.TimeIndexSuffix));
        if (disk.FileExists(path))
        {
            using var entries = new EntryReader(disk.Open(path, DiskOpenMode.ReadOnly), TimeIndex.EntryBytes);
            while (entries.MoveNext() && !entries.IsZero)
                timestamp = Math.Max(timestamp, BinaryPrimitives.ReadInt64BigEndian(entries.Current));
        }
        return timestamp >= 0 ? timestamp : disk.LastWriteTime(LogOf(folder, baseOffset)).ToUnixTimeMilliseconds();
    }

    private static string LogOf(string folder, long baseOffset)
        => Path.Combine(folder, LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
}
