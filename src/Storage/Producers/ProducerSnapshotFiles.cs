using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// The <c>.snapshot</c> files in a partition's folder, each named by the end of the log that it covers: with them a start need not read the
/// whole log to know its producers. Touched only by the log's writer. KIP-98.
/// </summary>
internal sealed class ProducerSnapshotFiles
{
    private readonly IDisk disk;
    private string directory;
    private readonly ILog log;
    private readonly SortedSet<long> offsets = [];

    /// <param name="names">Those of the files in the folder.</param>
    public ProducerSnapshotFiles(IDisk disk, string directory, ILog log, IEnumerable<string> names)
    {
        (this.disk, this.directory, this.log) = (disk, directory, log);
        foreach (var name in names)
        {
            if (LogFileNames.TryParseOffset(name, LogFileNames.SnapshotSuffix, out var offset))
                offsets.Add(offset);
        }
    }

    public bool IsEmpty => offsets.Count == 0;

    /// <summary>
    /// Writes the producers as of their <see cref="ProducerStates.MapEndOffset"/> unless that, or more, is on disk, or nothing can lie
    /// before it; the caller makes the file durable with the log. True when the file was made for it, so that its name is yet to become
    /// durable.
    /// </summary>
    public bool Take(ProducerStates producers)
    {
        if (producers.MapEndOffset == 0 || offsets.Count > 0 && offsets.Max >= producers.MapEndOffset)
            return false;
        var file = disk.Open(PathOf(producers.MapEndOffset), DiskOpenMode.OpenOrCreate);
        try
        {
            file.SetLength(0);
            file.Write(0, ProducerSnapshot.Encode(producers.Producers));
        }
        finally
        {
            file.Release();
        }
        return offsets.Add(producers.MapEndOffset);
    }

    /// <summary>Makes the snapshot of that offset durable; nothing happens when there is none.</summary>
    public void Flush(long offset)
    {
        if (!offsets.Contains(offset))
            return;
        var file = disk.Open(PathOf(offset), DiskOpenMode.Existing);
        try
        {
            file.Flush();
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>
    /// Sets the producers to the newest sound snapshot between the log's ends, or to none. Later ones describe what is no longer in the log
    /// and are deleted. The caller then replays the log from <see cref="ProducerStates.MapEndOffset"/> on.
    /// </summary>
    public void Load(ProducerStates producers, long logStartOffset, long logEndOffset)
    {
        while (offsets.Count > 0 && offsets.Max >= logStartOffset)
        {
            var offset = offsets.Max;
            if (offset <= logEndOffset)
            {
                if (TryRead(offset, out var known))
                {
                    producers.Reset(offset, known);
                    return;
                }
                log.Warn("log", $"file={PathOf(offset)} is damaged and is deleted");
            }
            Delete(offset);
        }
        producers.Reset(logStartOffset, []);
    }

    /// <summary>Sets the producers to the newest sound snapshot between the offsets, or to none; no file is deleted.</summary>
    public void LoadForLook(ProducerStates producers, long atLeast, long atMost)
    {
        foreach (var offset in offsets.Reverse())
        {
            if (offset < atLeast || offset > atMost || !TryRead(offset, out var known))
                continue;
            producers.Reset(offset, known);
            return;
        }
        producers.Reset(atLeast, []);
    }

    public void Delete(long offset)
    {
        offsets.Remove(offset);
        disk.DeleteFile(PathOf(offset));
    }

    public void DeleteAll()
    {
        foreach (var offset in offsets.ToArray())
            Delete(offset);
    }

    /// <summary>
    /// Deletes snapshots that belong to no segment, except the newest when it is past the last segment: a clean stop wrote that one. The
    /// others are left of segments that are gone.
    /// </summary>
    public void DeleteStrays(IReadOnlySet<long> segmentBaseOffsets)
    {
        var lastBaseOffset = segmentBaseOffsets.Count == 0 ? -1 : segmentBaseOffsets.Max();
        foreach (var offset in offsets.ToArray())
        {
            if (!segmentBaseOffsets.Contains(offset) && !(offset == offsets.Max && offset > lastBaseOffset))
                Delete(offset);
        }
    }

    private bool TryRead(long offset, out List<ProducerState> known)
        => ProducerSnapshot.TryDecode(disk.ReadAllBytes(PathOf(offset)), out known);

    /// <summary>The folder has another name from here on.</summary>
    public void FolderRenamed(string newDirectory) => directory = newDirectory;

    private string PathOf(long offset) => Path.Combine(directory, LogFileNames.OfOffset(offset, LogFileNames.SnapshotSuffix));
}
