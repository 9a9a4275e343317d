namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// Which brokers get the replicas of new partitions, as Kafka spreads them: first replicas go round the brokers from a random start, and
/// each following replica is shifted by a distance that grows with every round, so that a broker's partitions have their other replicas on
/// all the others. With racks the round visits the racks in turn, and a partition's replicas are on as many racks as there are. Pure.
/// </summary>
public static class AssignReplicas
{
    /// <summary>A broker that may get replicas; racks count only when every broker has one.</summary>
    public readonly record struct Candidate(BrokerId Id, string? Rack);

    /// <summary>
    /// Replicas for <paramref name="partitionCount"/> partitions from <paramref name="firstPartition"/> on. For an existing topic
    /// <paramref name="firstReplicaOf"/> is the first replica of partition 0, so that the round goes on where it was; null draws the start.
    /// The replication factor is between 1 and the number of brokers.
    /// </summary>
    public static SortedDictionary<int, IReadOnlyList<BrokerId>> RoundRobin(
        IReadOnlyList<Candidate> brokers, int partitionCount, int replicationFactor, Random random, int firstPartition = 0,
        BrokerId? firstReplicaOf = null)
    {
        Invariant.Holds(replicationFactor >= 1 && replicationFactor <= brokers.Count);
        var ordered = brokers.OrderBy(broker => broker.Id.Value).ToArray();
        var usesRacks = Array.TrueForAll(ordered, broker => broker.Rack is not null);
        if (usesRacks)
            ordered = AlternateRacks(ordered);
        var existing = firstReplicaOf is { } first ? Math.Max(0, Array.FindIndex(ordered, broker => broker.Id.Value >= first.Value)) : -1;
        var start = existing >= 0 ? existing : random.Next(ordered.Length);
        var shift = existing >= 0 ? existing : random.Next(ordered.Length);
        var assignment = new SortedDictionary<int, IReadOnlyList<BrokerId>>();
        for (var partition = firstPartition; partition < firstPartition + partitionCount; partition++)
        {
            if (partition > 0 && partition % ordered.Length == 0)
                shift++;
            var leader = (partition + start) % ordered.Length;
            assignment.Add(
                partition,
                usesRacks ? OnRacks(ordered, leader, shift, replicationFactor) : Shifted(ordered, leader, shift, replicationFactor));
        }
        return assignment;
    }

    private static List<BrokerId> Shifted(Candidate[] brokers, int leader, int shift, int replicationFactor)
    {
        var replicas = new List<BrokerId>(replicationFactor) { brokers[leader].Id };
        for (var replica = 0; replica < replicationFactor - 1; replica++)
            replicas.Add(brokers[IndexOf(leader, shift, replica, brokers.Length)].Id);
        return replicas;
    }

    private static List<BrokerId> OnRacks(Candidate[] brokers, int leader, int shift, int replicationFactor)
    {
        var rackCount = brokers.Select(broker => broker.Rack).Distinct(StringComparer.Ordinal).Count();
        var replicas = new List<BrokerId>(replicationFactor) { brokers[leader].Id };
        var racks = new HashSet<string?>(StringComparer.Ordinal) { brokers[leader].Rack };
        for (var step = 0; replicas.Count < replicationFactor; step++)
        {
            var candidate = brokers[IndexOf(leader, shift * rackCount, step, brokers.Length)];
            // A rack twice only when every rack has one, a broker twice never.
            var isRackFree = !racks.Contains(candidate.Rack) || racks.Count == rackCount;
            if (!isRackFree || replicas.Contains(candidate.Id))
                continue;
            replicas.Add(candidate.Id);
            racks.Add(candidate.Rack);
        }
        return replicas;
    }

    // Never the leader's own index.
    private static int IndexOf(int leader, int shift, int replica, int count)
        => count == 1 ? 0 : (leader + 1 + ((shift + replica) % (count - 1))) % count;

    private static Candidate[] AlternateRacks(Candidate[] brokers)
    {
        var racks = brokers.GroupBy(
            broker => broker.Rack,
            StringComparer.Ordinal).OrderBy(rack => rack.Key, StringComparer.Ordinal).Select(rack => rack.ToArray()).ToArray();
        var ordered = new List<Candidate>(brokers.Length);
        for (var round = 0; ordered.Count < brokers.Length; round++)
        {
            foreach (var rack in racks)
            {
                if (round < rack.Length)
                    ordered.Add(rack[round]);
            }
        }
        return [.. ordered];
    }
}
