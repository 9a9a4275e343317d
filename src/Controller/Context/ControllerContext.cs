using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Context;

/// <summary>
/// What an active controller knows of the cluster, and in which states it sees partitions and replicas; Kafka's ControllerContext. Made at
/// an election and dropped at the resignation. Changed only on the coordination loop, and only by the event that runs. A partition with
/// leadership has an assignment.
/// </summary>
internal sealed class ControllerContext(ILoop loop)
{
    private readonly Dictionary<string, SortedDictionary<int, ReplicaAssignment>> assignments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicId> topicIds = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicId, string> topicNames = [];
    private readonly Dictionary<TopicPartition, LeaderAndIsr> leadership = [];
    private readonly Dictionary<TopicPartition, PartitionState> partitionStates = [];
    private readonly Dictionary<Replica, ReplicaState> replicaStates = [];
    private readonly HashSet<TopicPartition> reassigned = [];

    public LiveBrokers Brokers { get; } = new(loop);

    public TopicsToBeDeleted ToBeDeleted { get; } = new(loop);

    public IReadOnlyCollection<string> Topics => assignments.Keys;

    public IEnumerable<TopicPartition> Partitions
        => assignments.SelectMany(topic => topic.Value.Keys.Select(partition => new TopicPartition(topic.Key, partition)));

    public IEnumerable<Replica> Replicas => Partitions.SelectMany(ReplicasOf);

    /// <summary>
    /// Those in an ISR whose partition has other replicas, and at least one of these in sync; the last ones in sync have records that no
    /// other has.
    /// </summary>
    public IEnumerable<Replica> UnassignedInSync => leadership
        .Where(entry => entry.Value.Isr.Intersect(ReplicaIdsOf(entry.Key)).Any())
        .SelectMany(entry => entry.Value.Isr.Except(ReplicaIdsOf(entry.Key)).Select(broker => new Replica(entry.Key, broker)));

    public IEnumerable<TopicPartition> PartitionsWithLeadership => leadership.Keys;

    /// <summary>Those led by a replica that is not online, topics to be deleted apart.</summary>
    public IReadOnlyList<TopicPartition> PartitionsWithOfflineLeader
        => [.. leadership
            .Where(entry => !Brokers.IsOnline(new Replica(entry.Key, entry.Value.Leader)) && !ToBeDeleted.Contains(entry.Key.Topic))
            .Select(entry => entry.Key)];

    /// <summary>Those that could get a leader and have none, topics to be deleted apart.</summary>
    public IReadOnlyList<TopicPartition> PartitionsWithoutLeader
        => [.. partitionStates
            .Where(entry => entry.Value is PartitionState.New or PartitionState.Offline && !ToBeDeleted.Contains(entry.Key.Topic))
            .Select(entry => entry.Key)];

    /// <summary>Those whose reassignment is not over, in order, as they are now.</summary>
    public IReadOnlyList<TopicPartition> PartitionsBeingReassigned
        => [.. reassigned.OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition)];

    public bool HasTopic(string topic) => assignments.ContainsKey(topic);

    /// <summary>Zero for a topic that is not known.</summary>
    public TopicId TopicIdOf(string topic) => topicIds.GetValueOrDefault(topic);

    /// <summary>The topic's name; null for an id that no topic has.</summary>
    public string? TopicWithId(TopicId id) => topicNames.GetValueOrDefault(id);

    /// <summary>The topic's id and assignment as they are to stand in its znode.</summary>
    public TopicAssignment TopicAssignmentOf(string topic) => new(TopicIdOf(topic), assignments[topic]);

    public IReadOnlyList<TopicPartition> PartitionsOf(string topic)
        => assignments.TryGetValue(topic, out var partitions)
            ? [.. partitions.Keys.Select(partition => new TopicPartition(topic, partition))]
            : [];

    public ReplicaAssignment? AssignmentOf(TopicPartition partition)
        => assignments.TryGetValue(partition.Topic, out var topic) ? topic.GetValueOrDefault(partition.Partition) : null;

    public IReadOnlyList<BrokerId> ReplicaIdsOf(TopicPartition partition) => AssignmentOf(partition)?.Replicas ?? [];

    public IEnumerable<Replica> ReplicasOf(TopicPartition partition)
        => ReplicaIdsOf(partition).Select(broker => new Replica(partition, broker));

    public IReadOnlyList<Replica> ReplicasOf(string topic) => [.. PartitionsOf(topic).SelectMany(ReplicasOf)];

    public IReadOnlyList<Replica> ReplicasOn(BrokerId broker) => [.. Replicas.Where(replica => replica.Broker == broker)];

    public LeaderAndIsr? LeadershipOf(TopicPartition partition) => leadership.GetValueOrDefault(partition);

    public bool IsBeingReassigned(TopicPartition partition) => reassigned.Contains(partition);

    public bool IsBeingReassigned(string topic) => PartitionsOf(topic).Any(reassigned.Contains);

    public PartitionState StateOf(TopicPartition partition) => partitionStates.GetValueOrDefault(partition);

    public ReplicaState StateOf(Replica replica) => replicaStates.GetValueOrDefault(replica);

    /// <summary>Takes in a topic that has no partitions yet.</summary>
    public void AddTopic(string topic, TopicId id)
    {
        Invariant.Holds(loop.IsCurrent);
        assignments.TryAdd(topic, []);
        if (topicIds.TryGetValue(topic, out var before))
            topicNames.Remove(before);
        topicIds[topic] = id;
        if (!id.IsZero)
            topicNames[id] = topic;
    }

    public void SetAssignment(TopicPartition partition, ReplicaAssignment assignment)
    {
        Invariant.Holds(loop.IsCurrent);
        assignments[partition.Topic][partition.Partition] = assignment;
    }

    /// <summary>A reassignment of the partition begins or goes on.</summary>
    public void BeginReassignment(TopicPartition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(AssignmentOf(partition) is not null);
        reassigned.Add(partition);
    }

    public void EndReassignment(TopicPartition partition)
    {
        Invariant.Holds(loop.IsCurrent);
        reassigned.Remove(partition);
    }

    public void SetLeadership(TopicPartition partition, LeaderAndIsr value)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(AssignmentOf(partition) is not null);
        leadership[partition] = value;
    }

    public void SetState(TopicPartition partition, PartitionState state)
    {
        Invariant.Holds(loop.IsCurrent);
        if (state == PartitionState.NonExistent)
            partitionStates.Remove(partition);
        else
            partitionStates[partition] = state;
    }

    public void SetState(Replica replica, ReplicaState state)
    {
        Invariant.Holds(loop.IsCurrent);
        if (state == ReplicaState.NonExistent)
            replicaStates.Remove(replica);
        else
            replicaStates[replica] = state;
    }

    /// <summary>Forgets a topic whose znode is gone, everything about it included.</summary>
    public void RemoveTopic(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        Brokers.ForgetTopic(topic);
        foreach (var replica in ReplicasOf(topic))
            replicaStates.Remove(replica);
        foreach (var partition in PartitionsOf(topic))
        {
            leadership.Remove(partition);
            partitionStates.Remove(partition);
            reassigned.Remove(partition);
        }
        assignments.Remove(topic);
        if (topicIds.Remove(topic, out var id))
            topicNames.Remove(id);
        ToBeDeleted.Remove(topic);
    }
}
