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

    /// <summary>What it was before the reassignment in progress, perhaps in another order.</summary>
    public IReadOnlyList<BrokerId> Origin => [.. Replicas.Except(Adding)];

    /// <summary>What it is to be when the reassignment in progress is done.</summary>
    public IReadOnlyList<BrokerId> Target => [.. Replicas.Except(Removing)];

    public static ReplicaAssignment Of(IReadOnlyList<BrokerId> replicas) => new() { Replicas = replicas };

    /// <summary>The same partition on its way to other replicas, in place of where it was on its way to.</summary>
    public ReplicaAssignment ReassignTo(IReadOnlyList<BrokerId> target)
    {
        var origin = Origin;
        IReadOnlyList<BrokerId> all = [.. target.Union(origin)];
        return new() { Replicas = all, Adding = [.. all.Except(origin)], Removing = [.. all.Except(target)] };
    }

    /// <summary>The same without a replica that is no more.</summary>
    public ReplicaAssignment Without(BrokerId replica) => new()
    {
        Replicas = [.. Replicas.Where(other => other != replica)],
        Adding = [.. Adding.Where(other => other != replica)],
        Removing = [.. Removing.Where(other => other != replica)],
    };

    /// <summary>Whether it is the same in every list, in order.</summary>
    public bool IsSameAs(ReplicaAssignment other)
        => Replicas.SequenceEqual(other.Replicas) && Adding.SequenceEqual(other.Adding) && Removing.SequenceEqual(other.Removing);
}

/// <summary>What a topic's znode holds. TopicId is zero where an old tool wrote it; the controller then gives one. KIP-516.</summary>
public sealed record TopicAssignment(TopicId TopicId, IReadOnlyDictionary<int, ReplicaAssignment> Partitions);
