using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Says at a broker's start which folders in its log dirs hold records that it will not serve: those of topics that the cluster does not
/// know, or knows under another id, as when a topic was deleted and created again while the folder was away. Without those lines a topic
/// would only seem to be empty or to have lost its leader.
/// </summary>
public static class UnservedFolders
{
    /// <param name="logs">All logs that were found in the log dirs.</param>
    /// <param name="topicIds">The topics of the cluster; an id is zero where the topic has none.</param>
    public static void Report(IEnumerable<PartitionLog> logs, IReadOnlyDictionary<string, TopicId> topicIds, ILog log)
    {
        foreach (var line in Describe(logs.Select(LogFolder.Of), topicIds))
            log.Warn("log", line);
    }

    /// <summary>The partitions of the other folders: the controller will make this broker lead or follow them.</summary>
    public static IEnumerable<TopicPartition> Served(IEnumerable<PartitionLog> logs, IReadOnlyDictionary<string, TopicId> topicIds)
        => logs.Select(LogFolder.Of).Where(folder => !Describe([folder], topicIds).Any()).Select(folder => folder.Partition);

    /// <summary>One line for each such folder. Pure.</summary>
    internal static IEnumerable<string> Describe(IEnumerable<LogFolder> folders, IReadOnlyDictionary<string, TopicId> topicIds)
    {
        foreach (var folder in folders.OrderBy(folder => folder.Path, StringComparer.Ordinal))
        {
            if (!topicIds.TryGetValue(folder.Partition.Topic, out var topicId))
                yield return $"folder={folder.Path} is not served: {folder.Partition} belongs to no topic of the cluster";
            else if (!folder.TopicId.IsZero && !topicId.IsZero && folder.TopicId != topicId)
                yield return $"folder={folder.Path} is not served: {folder.Partition} belongs to topic id {folder.TopicId}, not {topicId}: "
                    + "move the folder away where the topic was made anew, or correct zookeeper.connect where it names another ensemble";
        }
    }
}

/// <summary>A partition's folder in a log dir.</summary>
/// <param name="TopicId">From its <c>partition.metadata</c>; zero without one.</param>
internal readonly record struct LogFolder(string Path, TopicPartition Partition, TopicId TopicId)
{
    public static LogFolder Of(PartitionLog log) => new(log.Directory, log.Partition, log.TopicId);
}
