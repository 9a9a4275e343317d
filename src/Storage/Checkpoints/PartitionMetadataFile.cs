using System.Text;

namespace KafkaCompatBroker.Storage.Checkpoints;

/// <summary><c>partition.metadata</c>: the id of the topic that a partition's folder belongs to. KIP-516.</summary>
public static class PartitionMetadataFile
{
    public const string FileName = "partition.metadata";
    private const string VersionLine = "version: 0", TopicIdKey = "topic_id:";

    /// <summary>Zero when the file is absent.</summary>
    /// <exception cref="InvalidDataException">The file is something else: the folder may be another topic's.</exception>
    public static TopicId Read(IDisk disk, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!disk.FileExists(path))
            return TopicId.Zero;
        var lines = Encoding.UTF8.GetString(disk.ReadAllBytes(path)).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines is [VersionLine, var line] && line.StartsWith(TopicIdKey, StringComparison.Ordinal)
            && TopicId.TryParse(line[TopicIdKey.Length..].Trim(), out var topicId) && !topicId.IsZero)
            return topicId;
        throw new InvalidDataException($"{path} is not a partition metadata file");
    }

    public static void Write(IDisk disk, string directory, TopicId topicId)
        => disk.ReplaceAtomically(Path.Combine(directory, FileName), Encoding.UTF8.GetBytes($"{VersionLine}\n{TopicIdKey} {topicId}"));
}
