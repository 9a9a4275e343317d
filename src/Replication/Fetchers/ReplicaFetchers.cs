using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// The fetchers of a broker: for each leader so many, among which its partitions are shared out by their names, as in Kafka. One is made
/// for its first partition and ends with its last. Touched only on the replicas' loop.
/// </summary>
internal sealed class ReplicaFetchers(FetcherServices services, ILoop loop)
{
    private readonly Dictionary<(BrokerId Leader, int Number), Running> fetchers = [];
    private readonly Dictionary<TopicPartition, (BrokerId Leader, int Number)> places = [];

    public int Count => fetchers.Count;

    /// <summary>Copies the partition from that leader, which was decided on in that epoch.</summary>
    public void Add(Partition partition, BrokerId leader, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(loop.IsCurrent && leader != BrokerId.None && leader != services.Self);
        Remove(partition.Name);
        var place = (leader, NumberOf(partition.Name, services.Options.FetchersPerLeader));
        if (!fetchers.TryGetValue(place, out var running))
            fetchers.Add(place, running = new Running(new ReplicaFetcher(services, place.leader, place.Item2)));
        places.Add(partition.Name, place);
        running.Partitions++;
        running.Fetcher.Add(partition, partition.Snapshot.Leadership.TopicId, leaderEpoch);
    }

    /// <summary>Copies the partition no more; nothing happens when it was not copied.</summary>
    public void Remove(TopicPartition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        if (!places.Remove(partition, out var place))
            return;
        var running = fetchers[place];
        running.Partitions--;
        running.Fetcher.Remove(partition);
    }

    /// <summary>Ends the fetchers that have no partition left, when no more are to come for now.</summary>
    public void StopIdle()
    {
        Invariant.Holds(loop.IsCurrent);
        foreach (var (place, running) in fetchers.Where(entry => entry.Value.Partitions == 0).ToList())
        {
            fetchers.Remove(place);
            _ = running.Fetcher.Stop();
        }
    }

    /// <summary>Ends all; done when none appends any more.</summary>
    public Task Stop()
    {
        Invariant.Holds(loop.IsCurrent);
        Task[] stopped = [.. fetchers.Values.Select(running => running.Fetcher.Stop())];
        fetchers.Clear();
        places.Clear();
        return stopped.InOrder();
    }

    /// <summary>Which of a leader's fetchers copies the partition.</summary>
    internal static int NumberOf(TopicPartition partition, int fetchersPerLeader)
        => JavaHash.IndexOf(unchecked(31 * JavaHash.Of(partition.Topic) + partition.Partition), fetchersPerLeader);

    /// <summary>A fetcher, and how many partitions it copies.</summary>
    private sealed class Running(ReplicaFetcher fetcher)
    {
        public ReplicaFetcher Fetcher => fetcher;
        public int Partitions { get; set; }
    }
}
