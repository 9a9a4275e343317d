using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// The fetchers of a broker: for each leader so many, among which its partitions are shared out by their names, as in Kafka. One is made
/// for its first partition and ends with its last. Touched only on the replicas' loop.
/// </summary>
internal sealed class ReplicaFetchers(FetcherServices services, ILoop loop)
{
    private readonly Dictionary<(BrokerId Leader, int Number), ReplicaFetcher> fetchers = [];
    private readonly Dictionary<TopicPartition, (BrokerId Leader, int Number)> places = [];

    public int Count => fetchers.Count;

    /// <summary>Copies the partition from that leader, which was decided on in that epoch.</summary>
    public void Add(Partition partition, BrokerId leader, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(loop.IsCurrent && leader != BrokerId.None && leader != services.Self);
        Remove(partition.Name);
        var place = (leader, NumberOf(partition.Name, services.Options.FetchersPerLeader));
        if (!fetchers.TryGetValue(place, out var fetcher))
            fetchers.Add(place, fetcher = new ReplicaFetcher(services, place.leader, place.Item2));
        places.Add(partition.Name, place);
        fetcher.Add(partition, partition.Snapshot.Leadership.TopicId, leaderEpoch);
    }

    /// <summary>Copies the partition no more; nothing happens when it was not copied.</summary>
    public void Remove(TopicPartition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        if (places.Remove(partition, out var place))
            fetchers[place].Remove(partition);
    }

    /// <summary>Ends the fetchers that have no partition left, when no more are to come for now.</summary>
    public void StopIdle()
    {
        Invariant.Holds(loop.IsCurrent);
        var used = places.Values.ToHashSet();
        foreach (var (place, fetcher) in fetchers.Where(entry => !used.Contains(entry.Key)).ToList())
        {
            fetchers.Remove(place);
            _ = fetcher.Stop();
        }
    }

    /// <summary>Ends all; done when none appends any more.</summary>
    public Task Stop()
    {
        Invariant.Holds(loop.IsCurrent);
        Task[] stopped = [.. fetchers.Values.Select(fetcher => fetcher.Stop())];
        fetchers.Clear();
        places.Clear();
        return stopped.InOrder();
    }

    /// <summary>Which of a leader's fetchers copies the partition.</summary>
    internal static int NumberOf(TopicPartition partition, int fetchersPerLeader)
        => JavaHash.IndexOf(unchecked(31 * JavaHash.Of(partition.Topic) + partition.Partition), fetchersPerLeader);
}
