using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.States;

/// <summary>One replica of one partition.</summary>
internal readonly record struct Replica(TopicPartition Partition, BrokerId Broker)
{
    public override string ToString() => $"{Partition} broker={Broker}";
}

internal enum PartitionState
{
    NonExistent,
    New,
    Online,
    Offline,
}

internal enum ReplicaState
{
    NonExistent,
    New,
    Online,
    Offline,
    DeletionStarted,
    DeletionSuccessful,
    DeletionIneligible,
}

/// <summary>
/// What an active controller knows of the cluster, and in which states it sees partitions and replicas. Lives from one election to the
/// resignation, is touched only on the coordination loop, and is changed only by the event that runs. A partition with leadership has an
/// assignment.
/// </summary>
internal sealed class ControllerContext
{
    private readonly Dictionary<string, SortedDictionary<int, ReplicaAssignment>> assignments = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicPartition, LeaderAndIsr> leadership = [];
    private readonly Dictionary<TopicPartition, PartitionState> partitionStates = [];
    private readonly Dictionary<Replica, ReplicaState> replicaStates = [];

    public SortedDictionary<int, LiveBroker> LiveBrokers { get; } = [];

    /// <summary>Replicas on a log dir that failed, as their broker said in an answer to LeaderAndIsr.</summary>
    public Dictionary<BrokerId, HashSet<TopicPartition>> OfflineByStorage { get; } = [];

    public Dictionary<string, TopicId> TopicIds { get; } = new(StringComparer.Ordinal);

    /// <summary>Marked for deletion and not gone yet; sorted so that deletion goes in one order.</summary>
    public SortedSet<string> TopicsToBeDeleted { get; } = new(StringComparer.Ordinal);

    /// <summary>Of those, the ones that wait for a replica that is offline.</summary>
    public HashSet<string> TopicsIneligibleForDeletion { get; } = new(StringComparer.Ordinal);

    /// <summary>Of those, the ones whose partitions this controller took offline already.</summary>
    public HashSet<string> TopicsWithDeletionStarted { get; } = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Topics => assignments.Keys;

    public IEnumerable<TopicPartition> Partitions
        => assignments.SelectMany(topic => topic.Value.Keys.Select(partition => new TopicPartition(topic.Key, partition)));

    public IEnumerable<Replica> Replicas => Partitions.SelectMany(ReplicasOf);

    public IReadOnlyList<BrokerId> LiveBrokerIds => [.. LiveBrokers.Values.Select(broker => broker.Id)];

    public IEnumerable<KeyValuePair<TopicPartition, LeaderAndIsr>> Leaderships => leadership;

    public bool IsLive(BrokerId broker) => LiveBrokers.ContainsKey(broker.Value);

    public bool IsOnline(BrokerId broker, TopicPartition partition)
        => IsLive(broker) && !(OfflineByStorage.TryGetValue(broker, out var offline) && offline.Contains(partition));

    public bool IsToBeDeleted(string topic) => TopicsToBeDeleted.Contains(topic);

    public void AddTopic(string topic) => assignments.TryAdd(topic, []);

    public bool HasTopic(string topic) => assignments.ContainsKey(topic);

    public void SetAssignment(TopicPartition partition, ReplicaAssignment assignment)
    {
        AddTopic(partition.Topic);
        assignments[partition.Topic][partition.Partition] = assignment;
    }

    public ReplicaAssignment? AssignmentOf(TopicPartition partition)
        => assignments.TryGetValue(partition.Topic, out var topic) ? topic.GetValueOrDefault(partition.Partition) : null;

    public IReadOnlyList<BrokerId> ReplicaIdsOf(TopicPartition partition) => AssignmentOf(partition)?.Replicas ?? [];

    public IReadOnlyList<TopicPartition> PartitionsOf(string topic)
        => assignments.TryGetValue(topic, out var partitions)
            ? [.. partitions.Keys.Select(partition => new TopicPartition(topic, partition))]
            : [];

    public TopicAssignment TopicOf(string topic) => new(TopicIds.GetValueOrDefault(topic), assignments[topic]);

    public IEnumerable<Replica> ReplicasOf(TopicPartition partition)
        => ReplicaIdsOf(partition).Select(broker => new Replica(partition, broker));

    public IReadOnlyList<Replica> ReplicasOf(string topic) => [.. PartitionsOf(topic).SelectMany(ReplicasOf)];

    public IReadOnlyList<Replica> ReplicasOn(BrokerId broker) => [.. Replicas.Where(replica => replica.Broker == broker)];

    public LeaderAndIsr? LeadershipOf(TopicPartition partition) => leadership.GetValueOrDefault(partition);

    public void SetLeadership(TopicPartition partition, LeaderAndIsr value)
    {
        Invariant.Holds(AssignmentOf(partition) is not null);
        leadership[partition] = value;
    }

    /// <summary>Those led by a replica that is not online, topics being deleted apart.</summary>
    public IReadOnlyList<TopicPartition> PartitionsWithOfflineLeader()
        => [.. leadership.Where(
            entry => !IsOnline(entry.Value.Leader, entry.Key) && !IsToBeDeleted(entry.Key.Topic)).Select(entry => entry.Key)];

    public PartitionState StateOf(TopicPartition partition) => partitionStates.GetValueOrDefault(partition);

    public void SetState(TopicPartition partition, PartitionState state)
    {
        if (state == PartitionState.NonExistent)
            partitionStates.Remove(partition);
        else
            partitionStates[partition] = state;
    }

    /// <summary>Those that could get a leader and have none, topics being deleted apart.</summary>
    public IReadOnlyList<TopicPartition> PartitionsWithoutLeader()
        => [.. partitionStates
            .Where(entry => entry.Value is PartitionState.New or PartitionState.Offline && !IsToBeDeleted(entry.Key.Topic))
            .Select(entry => entry.Key)];

    public ReplicaState StateOf(Replica replica) => replicaStates.GetValueOrDefault(replica);

    public void SetState(Replica replica, ReplicaState state)
    {
        if (state == ReplicaState.NonExistent)
            replicaStates.Remove(replica);
        else
            replicaStates[replica] = state;
    }

    /// <summary>Forgets a topic whose znode is gone, everything about it included.</summary>
    public void RemoveTopic(string topic)
    {
        foreach (var partition in PartitionsOf(topic))
        {
            foreach (var replica in ReplicasOf(partition))
            {
                replicaStates.Remove(replica);
                if (OfflineByStorage.TryGetValue(replica.Broker, out var offline))
                    offline.Remove(partition);
            }
            leadership.Remove(partition);
            partitionStates.Remove(partition);
        }
        assignments.Remove(topic);
        TopicIds.Remove(topic);
        TopicsToBeDeleted.Remove(topic);
        TopicsIneligibleForDeletion.Remove(topic);
        TopicsWithDeletionStarted.Remove(topic);
    }
}
