using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>Whether a partition may be reassigned as somebody asks. Pure.</summary>
internal static class ReassignmentCheck
{
    /// <summary>What is wrong with the replicas asked for, in Kafka's words; null when nothing is.</summary>
    /// <param name="current">The partition's assignment; without replicas when there is no such partition.</param>
    /// <param name="target">The replicas that it is to have.</param>
    /// <param name="live">The brokers that are registered.</param>
    public static string? Problem(ReplicaAssignment current, IReadOnlyList<BrokerId> target, IReadOnlyList<BrokerId> live)
    {
        if (target.Count == 0)
            return "Empty replica list specified in partition reassignment.";
        if (target.Distinct().Count() != target.Count)
            return $"Duplicate replica ids in partition reassignment replica list: {Text("ArrayBuffer", target)}";
        if (target.Any(broker => broker.Value < 0))
            return $"Invalid broker id in replica list: {Text("ArrayBuffer", target)}";
        var adding = current.ReassignTo(target).Adding;
        return adding.Except(live).Any()
            ? "Replica assignment has brokers that are not alive. Replica list: "
                + $"{Text("ArrayBuffer", adding)}, live broker list: {Text("Set", live)}"
            : null;
    }

    /// <summary>The assignment that follows; null where it is to be cancelled and nothing is in progress.</summary>
    /// <param name="target">The replicas that it is to have; null to cancel what is in progress.</param>
    public static ReplicaAssignment? Next(ReplicaAssignment current, IReadOnlyList<BrokerId>? target)
        => target is null && !current.IsBeingReassigned ? null : current.ReassignTo(target ?? current.Origin);

    private static string Text(string kind, IReadOnlyList<BrokerId> ids) => $"{kind}({string.Join(", ", ids)})";
}
