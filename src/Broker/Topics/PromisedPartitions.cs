using KafkaCompatBroker.Broker.Metadata;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// Whether there are file descriptors and memory for more partitions, those counted in that were created a moment ago and have no log yet.
/// Touched only on the loop of topic creations.
/// </summary>
/// <param name="partitionsMax">So many partitions the cluster may have, as far as the memory of this broker goes.</param>
public sealed class PromisedPartitions(FileBudget files, int partitionsMax)
{
    /// <summary>Beyond it all of them are taken for made.</summary>
    private const int PromisesMax = 10_000;

    /// <summary>How many partitions a topic is to have, and how many it had when they were written.</summary>
    private readonly Dictionary<string, (int Count, int Before)> byTopic = new(StringComparer.Ordinal);
    private MetadataImage? settledWith;
    /// <summary>Of all topics, without those that the image has.</summary>
    private long missing;

    /// <summary>Why there is no room for so many partitions; null when there is.</summary>
    public string? Problem(int partitions, MetadataImage image)
    {
        if (!ReferenceEquals(image, settledWith))
            Settle(image);
        return files.Problem((int)Math.Min(int.MaxValue, partitions + missing))
            ?? (image.PartitionCount + missing + partitions > partitionsMax
                ? $"{partitions} more partitions need more memory than the broker has for them: the cluster has "
                    + $"{image.PartitionCount + missing}, and {partitionsMax} are the most."
                : null);
    }

    /// <summary>The topic is to have so many partitions, of which so many existed.</summary>
    public void Add(string topic, int count, int existing)
    {
        if (byTopic.Count >= PromisesMax)
        {
            byTopic.Clear();
            missing = 0;
        }
        byTopic[topic] = (count, existing);
        missing += count - existing;
    }

    /// <summary>Counts anew what the image does not have. A topic that had partitions and is not in it has been deleted.</summary>
    private void Settle(MetadataImage image)
    {
        missing = 0;
        foreach (var (name, (count, before)) in byTopic)
        {
            var existing = image.TryGetTopic(name, out var topic) ? topic.Partitions.Count : 0;
            if (existing >= count || (before > 0 && existing == 0))
                byTopic.Remove(name);
            else
                missing += count - existing;
        }
        settledWith = image;
    }
}
