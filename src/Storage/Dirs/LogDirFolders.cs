using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// The folders in a log dir: which are partitions', which a copy in another dir is about to replace, and the putting aside and removal of
/// those that go.
/// </summary>
internal sealed class LogDirFolders(LogDirsOptions options, string path)
{
    /// <summary>Folders that Kafka keeps beside partitions.</summary>
    public static readonly HashSet<string> Known
        = new(StringComparer.Ordinal) { "remote-log-index-cache", "__cluster_metadata-0", "lost+found" };

    private readonly IDisk disk = options.Disk;

    /// <summary>The partitions that have a folder here.</summary>
    public IEnumerable<TopicPartition> Partitions()
    {
        foreach (var entry in disk.List(path))
        {
            if (entry.IsDirectory && !Known.Contains(entry.Name) && LogFileNames.TryParsePartition(entry.Name, out var partition))
                yield return partition;
        }
    }

    /// <summary>Whether a copy was about to take the folder's place when the last broker ended.</summary>
    public bool IsMarkedAsReplaced(TopicPartition partition)
        => disk.FileExists(Path.Combine(PathOf(partition.ToString()), LogFileNames.ReplacedFile));

    /// <summary>The copy has not come in the folder's place: its records are the partition's, and go on.</summary>
    public void KeepReplaced(TopicPartition partition)
    {
        var folder = PathOf(partition.ToString());
        disk.DeleteFile(Path.Combine(folder, LogFileNames.ReplacedFile));
        disk.FlushDirectory(folder);
    }

    /// <summary>
    /// Gives the folder the name of a deleted one, which is returned; the next start of a broker has it removed, where nobody has before.
    /// </summary>
    public string Rename(TopicPartition partition, string folder)
    {
        var name = LogFileNames.OfDeletedPartition(partition, options.Random);
        disk.Rename(PathOf(folder), PathOf(name));
        disk.FlushDirectory(path);
        return name;
    }

    /// <summary>As <see cref="Rename"/>; the folder goes after <c>file.delete.delay.ms</c>.</summary>
    public void PutAside(TopicPartition partition, string folder, LogConfig config)
    {
        var name = Rename(partition, folder);
        options.Log.Info("log", $"partition={partition} deleted folder={PathOf(name)}");
        RemoveLater(name, config);
    }

    /// <summary>Removes the folder after <c>file.delete.delay.ms</c>.</summary>
    public void RemoveLater(string folder, LogConfig config)
        => options.DiskLoop.Defer(TimeSpan.FromMilliseconds(config.FileDeleteDelayMs), () => Remove(folder));

    public void Remove(string folder)
    {
        try
        {
            disk.DeleteDirectory(PathOf(folder));
        }
        catch (DiskError error)
        {
            options.OnDiskError?.Invoke(error);
        }
    }

    private string PathOf(string name) => Path.Combine(path, name);
}
