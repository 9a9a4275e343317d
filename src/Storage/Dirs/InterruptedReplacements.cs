namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// Ends what a crash has left of a copy's taking the place of a log, before any log is opened. Between the two renames the partition is
/// there twice, and the folder that is to go says so. Where the copy has not got the name, the folder stays and says so no more, since what
/// is appended to it from here on is nowhere else. Where the copy may be in a dir that is away, the folder is not used: the partition may
/// have gone on in the other. KIP-113.
/// </summary>
internal static class InterruptedReplacements
{
    /// <param name="onEach">Does work for each dir that is online; one in which the disk fails goes offline.</param>
    /// <param name="isDirAway">Whether a dir is offline now.</param>
    public static void Finish(Action<Action<LogDir>> onEach, Func<bool> isDirAway)
    {
        var marked = new List<(LogDir Dir, TopicPartition Partition)>();
        var unmarked = new HashSet<TopicPartition>();
        onEach(dir =>
        {
            foreach (var partition in dir.Folders.Partitions())
            {
                if (dir.Folders.IsMarkedAsReplaced(partition))
                    marked.Add((dir, partition));
                else
                    unmarked.Add(partition);
            }
        });
        onEach(dir =>
        {
            foreach (var (_, partition) in marked.Where(each => each.Dir == dir))
            {
                if (unmarked.Contains(partition))
                    dir.Folders.Rename(partition, partition.ToString());
                else if (isDirAway() || marked.Count(each => each.Partition == partition) > 1)
                    dir.LeaveAlone(partition);
                else
                    dir.Folders.KeepReplaced(partition);
            }
        });
    }
}
