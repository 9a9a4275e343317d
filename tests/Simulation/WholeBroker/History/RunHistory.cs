namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>
/// What clients saw, kept outside the broker and checked as it comes. A life is the time between two moments at which the disk has lost
/// what was not durable: what was promised without durability is held within a life, everything else over the whole run.
/// </summary>
internal sealed class RunHistory
{
    private readonly SortedDictionary<string, PartitionHistory> partitions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CommitHistory> commits = new(StringComparer.Ordinal);
    private readonly HashSet<long> producerIds = [];

    public int Life { get; private set; }

    /// <summary>Told of each acknowledgement: the partition, the first offset, the records.</summary>
    public Action<TopicPartition, long, IReadOnlyList<SentRecord>> Acknowledged { get; set; } = (_, _, _) => { };

    /// <summary>Told of each record that a client has read: the partition, the offset, the value.</summary>
    public Action<TopicPartition, long, string> Read { get; set; } = (_, _, _) => { };

    public GroupHistory Groups { get; } = new();

    public TopicHistory Topics { get; } = new();

    public IEnumerable<PartitionHistory> Partitions => partitions.Values;

    public int AcknowledgedCommitCount => commits.Values.Sum(history => history.Commits.Count(commit => commit.IsAcknowledged));

    public void BeginLife() => Life++;

    public void AddPartition(TopicPartition name, bool isDurable, bool endsByEpoch = false)
        => partitions.Add(name.ToString(), new PartitionHistory(name, isDurable, endsByEpoch)
        {
            OnAcknowledged = (offset, records) => Acknowledged(name, offset, records),
            OnRead = (offset, value) => Read(name, offset, value),
        });

    public PartitionHistory Of(TopicPartition name) => partitions[name.ToString()];

    /// <summary>The offsets that a group commits for a partition.</summary>
    public CommitHistory CommitsOf(string group, TopicPartition partition, bool isDurable)
    {
        var key = $"{group}/{partition}";
        if (!commits.TryGetValue(key, out var found))
            commits.Add(key, found = new CommitHistory(key, isDurable));
        return found;
    }

    /// <summary>A producer id that was given out; never twice.</summary>
    public void GivenProducerId(long producerId)
    {
        if (!producerIds.Add(producerId))
            throw new Violation($"producer id {producerId} was given to two producers");
    }
}
