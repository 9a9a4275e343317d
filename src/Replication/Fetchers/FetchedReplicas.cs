namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// The partitions of one fetcher, by name, by topic id and in the order in which the leader is to serve them: those that gave records go to
/// the end, so that those behind them get their turn when an answer is full. Touched only on the fetcher's loop.
/// </summary>
internal sealed class FetchedReplicas
{
    private readonly Dictionary<TopicPartition, FetchedReplica> byName = [];
    private readonly Dictionary<(TopicId, int), FetchedReplica> byTopicId = [];
    private readonly LinkedList<FetchedReplica> order = [];

    public int Count => byName.Count;

    /// <summary>How many have no topic id, so that they can be fetched by name alone.</summary>
    public int WithoutTopicId { get; private set; }

    /// <summary>In order, as of now.</summary>
    public IReadOnlyList<FetchedReplica> Where(Func<FetchedReplica, bool> condition)
    {
        var found = new List<FetchedReplica>();
        foreach (var replica in order)
        {
            if (condition(replica))
                found.Add(replica);
        }
        return found;
    }

    public FetchedReplica? Find(TopicPartition name) => byName.GetValueOrDefault(name);

    public FetchedReplica? Find(TopicId topicId, int partition) => byTopicId.GetValueOrDefault((topicId, partition));

    /// <summary>False once the partition is copied no more, or is in another leader epoch.</summary>
    public bool Contains(FetchedReplica replica) => ReferenceEquals(Find(replica.Name), replica);

    /// <summary>Takes the place of the one that had the name.</summary>
    public void Add(FetchedReplica replica)
    {
        Remove(replica.Name);
        byName.Add(replica.Name, replica);
        order.AddLast(replica.Node);
        if (replica.TopicId.IsZero)
            WithoutTopicId++;
        else
            byTopicId[(replica.TopicId, replica.Name.Partition)] = replica;
    }

    public void Remove(TopicPartition name)
    {
        if (!byName.Remove(name, out var replica))
            return;
        order.Remove(replica.Node);
        if (replica.TopicId.IsZero)
            WithoutTopicId--;
        else
            byTopicId.Remove((replica.TopicId, name.Partition));
    }

    public void MoveToEnd(FetchedReplica replica)
    {
        order.Remove(replica.Node);
        order.AddLast(replica.Node);
    }

    /// <summary>When the first of the delayed ones may go on; null when none is delayed.</summary>
    public long? FirstDelayEnd()
    {
        long? first = null;
        foreach (var replica in order)
        {
            if (replica.DelayedUntil is { } until && (first is null || until < first))
                first = until;
        }
        return first;
    }
}
