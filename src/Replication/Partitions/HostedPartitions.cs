using System.Collections.Concurrent;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>
/// The partitions that this broker has a replica of. Any thread may look one up; they come and go on the replicas' loop alone.
/// </summary>
internal sealed class HostedPartitions(ILoops loops, ILoop loop, PartitionSettings settings)
{
    private readonly ConcurrentDictionary<TopicPartition, Partition> partitions = new();

    public IEnumerable<Partition> All => partitions.Values;

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
