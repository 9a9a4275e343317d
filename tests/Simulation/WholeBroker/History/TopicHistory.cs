namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>
/// Which topics were made and deleted. An acknowledged topic keeps its id until its deletion is asked for; an id whose deletion was
/// acknowledged never comes back. What the broker keeps of topics is durable, so lives do not matter.
/// </summary>
internal sealed class TopicHistory
{
    private readonly SortedDictionary<string, KnownTopic> present = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicId, DateTimeOffset> deleted = [];

    public IEnumerable<KnownTopic> Present => present.Values;

    public int DeletedCount => deleted.Count;

    /// <summary>Whether brokers may answer who asks for metadata before they have heard of what is done.</summary>
    public bool MayLag { get; set; }

    public bool IsDeleted(TopicId id) => deleted.ContainsKey(id);

    /// <summary>A creation was acknowledged, or the topic was found there after one that was not.</summary>
    public void Created(string name, TopicId id, int partitionCount)
    {
        if (deleted.ContainsKey(id))
            throw new Violation($"topic {name} was made with id {id}, which a deleted topic had");
        present[name] = new KnownTopic(name, id, partitionCount);
    }

    /// <summary>Its deletion is asked for: from here on it may be gone.</summary>
    public void Deleting(string name)
    {
        if (present.TryGetValue(name, out var topic))
            topic.IsBeingDeleted = true;
    }

    public void Deleted(string name, DateTimeOffset now)
    {
        if (present.Remove(name, out var topic))
            deleted[topic.Id] = now;
    }

    /// <summary>Metadata named a topic.</summary>
    /// <param name="begun">When it was asked for.</param>
    public void Seen(string name, TopicId id, DateTimeOffset begun)
    {
        if (MayLag)
            return;
        if (deleted.TryGetValue(id, out var when) && when < begun)
            throw new Violation($"topic {name} with id {id} is there again, deleted at {when:O}");
        if (present.TryGetValue(name, out var topic) && !topic.IsBeingDeleted && topic.Id != id)
            throw new Violation($"topic {name} has id {id}, having been made with {topic.Id}");
    }
}

/// <summary>A topic that was made and whose deletion was not acknowledged.</summary>
internal sealed class KnownTopic(string name, TopicId id, int partitionCount)
{
    public string Name => name;
    public TopicId Id => id;
    public int PartitionCount => partitionCount;
    public bool IsBeingDeleted { get; set; }
}
