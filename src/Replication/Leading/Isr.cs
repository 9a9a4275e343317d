namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// The in-sync replicas of a partition as its leader knows them: what the controller has committed, and at most one change on its way
/// there. While a change is pending the maximal ISR counts for the high watermark and for acks: a replica being added counts before the
/// controller agrees, one being removed still counts until it has. KIP-497. Immutable.
/// </summary>
public sealed class Isr
{
    private readonly BrokerId[] committed;
    private readonly BrokerId? pendingAddition;

    public Isr(IEnumerable<BrokerId> committed)
        : this([.. committed], null)
    {
    }

    private Isr(BrokerId[] committed, BrokerId? pendingAddition)
        => (this.committed, this.pendingAddition) = (committed, pendingAddition);

    public IReadOnlyList<BrokerId> Committed => committed;

    /// <summary>How many replicas are known to be in sync: what <c>min.insync.replicas</c> is compared with.</summary>
    public int Count => committed.Length;

    public int MaximalCount => committed.Length + (pendingAddition is null ? 0 : 1);

    public bool IsInMaximal(BrokerId broker) => pendingAddition == broker || Array.IndexOf(committed, broker) >= 0;

    /// <summary>The ISR while the controller is asked to add a replica.</summary>
    public Isr WithPendingAddition(BrokerId broker)
    {
        Invariant.Holds(pendingAddition is null && !IsInMaximal(broker));
        return new Isr(committed, broker);
    }

    public override string ToString() => $"[{string.Join(',', committed)}]";
}
