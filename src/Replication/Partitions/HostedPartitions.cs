using System.Collections.Concurrent;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// The partitions that this broker has a replica of. Any thread may look one up; they come and go on the replicas' loop alone.
/// </summary>
internal sealed class HostedPartitions(ILoops loops, ILoop loop, PartitionSettings settings)
{
    private readonly ConcurrentDictionary<TopicPartition, Partition> partitions = new();

    /// <summary>In the order of names: work over all of them must not hang on hash codes, which differ from process to process.</summary>
    public IEnumerable<Partition> All => partitions.Values.OrderBy(
        partition => partition.Name.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Name.Partition);

    public Partition? Find(TopicPartition name) => partitions.GetValueOrDefault(name);

    /// <summary>The partition, made without a role when there is none.</summary>
    public Partition FindOrAdd(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        return Find(name) ?? (partitions[name] = new Partition(name, loops.Create($"partition-{name}"), settings));
    }

    public void Remove(TopicPartition name)
    {
        Invariant.Holds(loop.IsCurrent);
        partitions.TryRemove(name, out _);
    }

    public void Clear()
    {
        Invariant.Holds(loop.IsCurrent);
        partitions.Clear();
    }
}
