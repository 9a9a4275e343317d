namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The in-sync replicas of a partition as its leader knows them: what the controller has committed, and at most one change on its way
/// there. While a change is pending the maximal ISR counts for the high watermark and for acks: a replica being added counts before the
/// controller agrees, one being removed still counts until it has. KIP-497. Immutable, and every change of it is another object.
/// </summary>
public sealed class Isr
{
    private readonly BrokerId[] committed;
    private readonly BrokerId[]? proposed;

    public Isr(IEnumerable<BrokerId> committed)
        : this([.. committed], null)
    {
    }

    private Isr(BrokerId[] committed, BrokerId[]? proposed) => (this.committed, this.proposed) = (committed, proposed);

    public IReadOnlyList<BrokerId> Committed => committed;

    /// <summary>What the controller is asked for; null while it is asked for nothing.</summary>
    public IReadOnlyList<BrokerId>? Proposed => proposed;

    /// <summary>How many replicas are known to be in sync: what <c>min.insync.replicas</c> is compared with.</summary>
    public int Count => committed.Length;

    public int MaximalCount => Math.Max(committed.Length, proposed?.Length ?? 0);

    public bool IsInMaximal(BrokerId broker) => Contains(committed, broker) || (proposed is not null && Contains(proposed, broker));

    /// <summary>The ISR while the controller is asked to add a replica.</summary>
    public Isr WithPendingAddition(BrokerId broker)
    {
        Invariant.Holds(proposed is null && !IsInMaximal(broker));
        return new Isr(committed, [.. committed, broker]);
    }

    /// <summary>The ISR while the controller is asked to remove replicas.</summary>
    public Isr WithPendingRemoval(IReadOnlyCollection<BrokerId> brokers)
    {
        Invariant.Holds(proposed is null && brokers.Count > 0 && brokers.All(broker => Contains(committed, broker)));
        return new Isr(committed, [.. committed.Where(broker => !brokers.Contains(broker))]);
    }

    /// <summary>The ISR when the controller has not agreed and need not be asked again.</summary>
    public Isr WithoutPending() => new(committed, null);

    public override string ToString()
        => proposed is null ? $"[{string.Join(',', committed)}]" : $"[{string.Join(',', committed)}]→[{string.Join(',', proposed)}]";

    private static bool Contains(BrokerId[] brokers, BrokerId broker) => Array.IndexOf(brokers, broker) >= 0;
}
