namespace KafkaCompatBroker.Controller.Model;

/// <summary>
/// The brokers of one partition, the preferred leader first; Adding and Removing are not empty while it is being reassigned. KIP-455.
/// </summary>
public sealed record ReplicaAssignment(IReadOnlyList<BrokerId> Replicas, IReadOnlyList<BrokerId> Adding, IReadOnlyList<BrokerId> Removing)
{
    public static ReplicaAssignment Of(IReadOnlyList<BrokerId> replicas) => new(replicas, [], []);

    public bool IsBeingReassigned => Adding.Count > 0 || Removing.Count > 0;
}

/// <summary>What a topic's znode holds. TopicId is zero where an old tool wrote it; the controller then gives one. KIP-516.</summary>
public sealed record TopicAssignment(TopicId TopicId, IReadOnlyDictionary<int, ReplicaAssignment> Partitions);
