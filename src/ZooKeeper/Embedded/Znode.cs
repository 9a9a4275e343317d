namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>One node of the tree. Touched only on the store's loop.</summary>
internal sealed class Znode
{
    public byte[]? Data;
    public long Czxid;
    public long Mzxid;
    public long CtimeMs;
    public long MtimeMs;
    public int Version;
    /// <summary>How many children were ever made here: the suffix of the next sequential child.</summary>
    public int ChildrenMade;
    /// <summary>The session whose end deletes the node; 0 for a persistent one.</summary>
    public long EphemeralOwner;
    public readonly SortedSet<string> Children = new(StringComparer.Ordinal);

    // ZooKeeper keeps creates and tells creates plus deletes.
    public ZkStat Stat
        => new(
            Czxid, Mzxid, CtimeMs, MtimeMs, Version, (ChildrenMade * 2) - Children.Count, EphemeralOwner, Data?.Length ?? 0,
            Children.Count);
}
