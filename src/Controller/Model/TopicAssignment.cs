namespace KafkaCompatBroker.Controller.Model;

/// <summary>The brokers that have replicas of one partition. KIP-455.</summary>
public sealed record ReplicaAssignment
{
    /// <summary>The preferred leader first; those being added and removed are among them.</summary>
    public required IReadOnlyList<BrokerId> Replicas { get; init; }
    /// <summary>Those that a reassignment in progress adds.</summary>
    public IReadOnlyList<BrokerId> Adding { get; init; } = [];
    /// <summary>Those that a reassignment in progress takes away.</summary>
    public IReadOnlyList<BrokerId> Removing { get; init; } = [];

    public bool IsBeingReassigned => Adding.Count > 0 || Removing.Count > 0;

    public static ReplicaAssignment Of(IReadOnlyList<BrokerId> replicas) => new() { Replicas = replicas };
}

/// <summary>What a topic's znode holds. TopicId is zero where an old tool wrote it; the controller then gives one. KIP-516.</summary>
public sealed record TopicAssignment(TopicId TopicId, IReadOnlyDictionary<int, ReplicaAssignment> Partitions);
