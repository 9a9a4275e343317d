using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// Copies of logs on their way to other log dirs, and which dirs were wanted for partitions that have no log yet. A partition has one copy
/// at most, and never in the dir that its log is in. Touched where its <see cref="LogDirs"/> is. KIP-113.
/// </summary>
public sealed class FutureLogs
{
    private readonly IReadOnlyList<LogDir> dirs;
    private readonly IReadOnlyList<string> unusable;
    private readonly LogDirsOptions options;
    private readonly Dictionary<TopicPartition, string> wishes = [];

    internal FutureLogs(IReadOnlyList<LogDir> dirs, IReadOnlyList<string> unusable, LogDirsOptions options)
        => (this.dirs, this.unusable, this.options) = (dirs, unusable, options);

    /// <summary>
    /// Whether a partition's log may be in the dir of that path, which is compared as it is written: LogDirNotFound for one that is none of
    /// <c>log.dirs</c>, KafkaStorageError for one that is offline.
    /// </summary>
    public KafkaError Check(string path)
    {
        if (dirs.FirstOrDefault(dir => dir.Path == path) is { } dir)
            return dir.IsOffline ? KafkaError.KafkaStorageError : KafkaError.None;
        return unusable.Contains(path) ? KafkaError.KafkaStorageError : KafkaError.LogDirNotFound;
    }

    /// <summary>The partition's copy; null without one.</summary>
    public PartitionLog? Find(TopicPartition partition) => HomeOf(partition)?.Futures[partition];

    /// <summary>The dir in which the partition's copy grows; null without one.</summary>
    public LogDir? HomeOf(TopicPartition partition) => dirs.FirstOrDefault(dir => dir.Futures.ContainsKey(partition));

    /// <summary>Remembers where the partition's log is to be made, for when it is. Beyond the bound an earlier wish is forgotten.</summary>
    public void Wish(TopicPartition partition, string path)
    {
        if (wishes.Count >= Limits.WantedLogDirs && !wishes.ContainsKey(partition))
            wishes.Remove(wishes.Keys.First());
        wishes[partition] = path;
    }

    /// <summary>Where the partition's log was to be made, which is forgotten then; null where that is all the same.</summary>
    internal string? TakeWish(TopicPartition partition) => wishes.Remove(partition, out var path) ? path : null;

    /// <summary>Begins an empty copy of the log in the online dir of that path. No compaction works on the log from here on.</summary>
    /// <param name="log">The partition's log, in another dir; the partition has no copy yet.</param>
    public PartitionLog Create(ReadOnlyLog log, string path)
    {
        var partition = log.Partition;
        Invariant.Holds(Find(partition) is null);
        TakeWish(partition);
        var folder = LogFileNames.OfFuturePartition(partition, options.Random);
        var copy = dirs.First(dir => dir.Path == path).CreateFuture(partition, folder, log.Config);
        log.IsCleaningPaused = true;
        return copy;
    }

    /// <summary>Deletes the partition's copy, if there is one.</summary>
    public void Delete(TopicPartition partition)
    {
        HomeOf(partition)?.Delete(partition);
        ResumeCleaning(partition);
    }

    /// <summary>The partition's log may be compacted again, unless it still has a copy.</summary>
    public void ResumeCleaning(TopicPartition partition)
    {
        if (Find(partition) is null && dirs.FirstOrDefault(dir => dir.Logs.ContainsKey(partition)) is { } dir)
            dir.Logs[partition].ReadOnly.IsCleaningPaused = false;
    }

    /// <summary>
    /// Writes what the next start of a broker reads of the copy. Before it takes the log's place, as a crash may come right behind.
    /// </summary>
    public void WriteCheckpoints(TopicPartition partition)
    {
        HomeOf(partition)?.WriteRecoveryPoints();
        HomeOf(partition)?.WriteLogStartOffsets();
    }

    /// <summary>The high watermarks in the dir of the copy.</summary>
    public void WriteHighWatermarks(TopicPartition partition, IReadOnlyDictionary<TopicPartition, long> offsets)
        => HomeOf(partition)?.WriteHighWatermarks(offsets);

    /// <summary>The copy has taken the log's place: the dirs know it too from here on.</summary>
    public void Replaced(TopicPartition partition)
    {
        var home = HomeOf(partition);
        foreach (var dir in dirs)
            dir.GiveUp(partition);
        home?.BecomeLog(partition);
    }

    /// <summary>
    /// When the logs of all dirs are loaded: deletes copies in the dir that are of no use, as the second one of a partition or that of a
    /// topic that is gone. A copy whose log is missing stays, as the log's dir may be offline.
    /// </summary>
    internal void Judge(LogDir dir, Func<TopicPartition, PartitionLog?> logOf)
    {
        foreach (var (partition, copy) in dir.Futures.ToList())
        {
            var log = logOf(partition);
            var isOfOtherTopic = log is not null && !copy.TopicId.IsZero && !log.TopicId.IsZero && copy.TopicId != log.TopicId;
            if (isOfOtherTopic || HomeOf(partition) != dir)
                dir.Delete(partition);
            else if (log is not null)
                log.ReadOnly.IsCleaningPaused = true;
        }
    }
}
