using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// The fetchers of a broker: for each leader so many, among which its partitions are shared out by their names, as in Kafka. One is made
/// for its first partition and ends with its last. Touched only on the replicas' loop.
/// </summary>
internal sealed class ReplicaFetchers(FetcherServices services, ILoop loop)
{
    private readonly Dictionary<(BrokerId Leader, int Number), Running> fetchers = [];
    private readonly Dictionary<TopicPartition, Place> places = [];
    private int fetchersPerLeader = services.Options.FetchersPerLeader;

    public int Count => fetchers.Count;

    /// <summary>Copies the partition from that leader, which was decided on in that epoch.</summary>
    public void Add(Partition partition, BrokerId leader, LeaderEpoch leaderEpoch)
    {
        Invariant.Holds(loop.IsCurrent && leader != BrokerId.None && leader != services.Self);
        Remove(partition.Name);
        var place = new Place(partition, leaderEpoch, leader, NumberOf(partition.Name, fetchersPerLeader));
        if (!fetchers.TryGetValue(place.Fetcher, out var running))
            fetchers.Add(place.Fetcher, running = new Running(new ReplicaFetcher(services, leader, place.Number)));
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
        var running = fetchers[place.Fetcher];
        running.Partitions--;
        _ = running.Fetcher.Remove(partition);
    }

    /// <summary>Each leader's partitions are shared out among so many fetchers from here on.</summary>
    public void Resize(int count)
    {
        Invariant.Holds(loop.IsCurrent);
        if (count == fetchersPerLeader)
            return;
        fetchersPerLeader = count;
        foreach (var place in places.Values.Where(place => place.Number != NumberOf(place.Partition.Name, count)).ToList())
            loop.Run(() => Move(place));
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

    /// <summary>
    /// The next fetcher looks where the log ends once the one before it takes no more steps there: otherwise it would bring what is in the
    /// log by then.
    /// </summary>
    private async Task Move(Place place)
    {
        await fetchers[place.Fetcher].Fetcher.Remove(place.Partition.Name);
        if (!ReferenceEquals(places.GetValueOrDefault(place.Partition.Name), place))
            return;
        Add(place.Partition, place.Leader, place.LeaderEpoch);
        StopIdle();
    }

    /// <summary>Which of a leader's fetchers copies the partition.</summary>
    internal static int NumberOf(TopicPartition partition, int fetchersPerLeader)
        => JavaHash.IndexOf(unchecked(31 * JavaHash.Of(partition.Topic) + partition.Partition), fetchersPerLeader);

    /// <summary>Who copies a partition, in which epoch.</summary>
    private sealed record Place(Partition Partition, LeaderEpoch LeaderEpoch, BrokerId Leader, int Number)
    {
        public (BrokerId Leader, int Number) Fetcher => (Leader, Number);
    }

    /// <summary>A fetcher, and how many partitions it copies.</summary>
    private sealed class Running(ReplicaFetcher fetcher)
    {
        public ReplicaFetcher Fetcher => fetcher;
        public int Partitions { get; set; }
    }
}
