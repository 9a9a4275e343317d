namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// The files of one segment by their names: opens, renames and deletes them. Touched only by the log's writer, <see cref="WriteBack"/> and
/// the opening of indexes excepted.
/// </summary>
internal sealed class SegmentFiles(SegmentOptions options, long baseOffset, string ending = "")
{
    private static readonly string[] indexSuffixes = [LogFileNames.IndexSuffix, LogFileNames.TimeIndexSuffix];

    private readonly IDisk disk = options.Disk;
    /// <summary>Of the log; changes with the folder's name.</summary>
    private volatile string directory = options.Directory;
    /// <summary>What follows the names of all files while the segment is not, or not any more, a part of its log.</summary>
    private volatile string ending = ending;

    /// <summary>When the log file was last written to.</summary>
    public long LastModifiedMs
    {
        get => disk.LastWriteTime(PathOf(LogFileNames.LogSuffix)).ToUnixTimeMilliseconds();
        set => disk.SetLastWriteTime(PathOf(LogFileNames.LogSuffix), DateTimeOffset.FromUnixTimeMilliseconds(value));
    }

    public IDiskFile OpenLog(DiskOpenMode mode) => disk.Open(PathOf(LogFileNames.LogSuffix), mode);

    /// <summary>Opens an index; <paramref name="newName"/> is what follows its name until it is whole.</summary>
    public IDiskFile OpenIndex(string suffix, string newName, DiskOpenMode mode) => disk.Open(PathOf(suffix) + newName, mode);

    public bool HasTransactionIndex => disk.FileExists(PathOf(LogFileNames.TxnIndexSuffix));

    /// <summary>
    /// Opens the transaction index for reading, on any thread: also while the segment is being deleted, when its name changes. Null when
    /// there is none.
    /// </summary>
    public IDiskFile? TryOpenTransactionIndex()
        => TryOpen(PathOf(LogFileNames.TxnIndexSuffix)) ?? TryOpen(PathOf(LogFileNames.TxnIndexSuffix, LogFileNames.DeletedSuffix));

    /// <summary>Opens the transaction index for writing, and makes it when it is absent.</summary>
    public IDiskFile OpenTransactionIndex() => disk.Open(PathOf(LogFileNames.TxnIndexSuffix), DiskOpenMode.OpenOrCreate);

    /// <summary>
    /// Puts another transaction index in the place of the one there is, durably and at once; none when it is to be empty.
    /// </summary>
    public void ReplaceTransactionIndex(byte[] bytes)
    {
        var path = PathOf(LogFileNames.TxnIndexSuffix);
        if (bytes.Length == 0)
            disk.DeleteFile(path);
        else
            disk.ReplaceAtomically(path, bytes);
    }

    /// <summary>
    /// Deletes indexes that were being built: their names are such that a start would delete them too.
    /// </summary>
    public void DeleteUnfinishedIndexes()
    {
        foreach (var suffix in indexSuffixes)
            disk.DeleteFile(PathOf(suffix) + LogFileNames.CleanedSuffix);
    }

    /// <summary>Gives indexes that were built anew their names.</summary>
    public void PutIndexesInPlace()
    {
        foreach (var suffix in indexSuffixes)
            disk.Rename(PathOf(suffix) + LogFileNames.CleanedSuffix, PathOf(suffix));
    }

    /// <summary>Renames the files to what a start deletes, should a crash come before <see cref="Delete"/>.</summary>
    public void MarkDeleted()
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            var path = PathOf(suffix);
            if (disk.FileExists(path))
                disk.Rename(path, path + LogFileNames.DeletedSuffix);
        }
        ending = LogFileNames.DeletedSuffix;
    }

    /// <summary>Gives the files of a cleaner's segment other endings; none makes them the log's.</summary>
    public void Rename(string newEnding)
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
        {
            if (disk.FileExists(PathOf(suffix)))
                disk.Rename(PathOf(suffix), PathOf(suffix, newEnding));
        }
        ending = newEnding;
    }

    /// <summary>The folder has another name from here on.</summary>
    public void FolderRenamed(string newDirectory) => directory = newDirectory;

    public void Delete()
    {
        foreach (var suffix in LogFileNames.SegmentSuffixes)
            disk.DeleteFile(PathOf(suffix));
    }

    /// <summary>
    /// Writes the bytes of the log file to disk; on any loop, beside the log's own. Through a handle of its own, because the system tells
    /// each handle of a failure once, and the log's must not miss it.
    /// </summary>
    public void WriteBack()
    {
        IDiskFile file;
        try
        {
            file = disk.Open(PathOf(LogFileNames.LogSuffix, ""), DiskOpenMode.ReadOnly);
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.NotFound)
        {
            // The segment was deleted meanwhile, and its file renamed.
            return;
        }
        try
        {
            file.Flush();
        }
        finally
        {
            file.Release();
        }
    }

    private IDiskFile? TryOpen(string path)
    {
        try
        {
            return disk.Open(path, DiskOpenMode.ReadOnly);
        }
        catch (DiskError error) when (error.Kind == DiskErrorKind.NotFound)
        {
            return null;
        }
    }

    private string PathOf(string suffix) => PathOf(suffix, ending);

    private string PathOf(string suffix, string ending)
        => Path.Combine(directory, LogFileNames.OfOffset(baseOffset, suffix)) + ending;
}
