using KafkaCompatBroker.Broker.Metadata;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// Whether there are file descriptors for more partitions, those counted in that were created a moment ago and have no log yet. Touched
/// only on the loop of topic creations.
/// </summary>
internal sealed class PromisedPartitions(FileBudget files)
{
    /// <summary>Beyond it all of them are taken for made.</summary>
    private const int PromisesMax = 10_000;

    private readonly Dictionary<string, int> countByTopic = new(StringComparer.Ordinal);

    /// <summary>Why there is no room for so many partitions; null when there is.</summary>
    public string? Problem(int partitions, MetadataImage image)
    {
        var made = countByTopic.Keys.Where(topic => image.TryGetTopic(topic, out _)).ToList();
        made.ForEach(topic => countByTopic.Remove(topic));
        return files.Problem(partitions + countByTopic.Values.Sum());
    }

    public void Add(string topic, int partitions)
    {
        if (countByTopic.Count >= PromisesMax)
            countByTopic.Clear();
        countByTopic[topic] = partitions;
    }
}
