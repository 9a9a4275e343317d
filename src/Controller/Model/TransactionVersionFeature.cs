namespace KafkaCompatBroker.Controller.Model;

/// <summary>
/// The one feature that brokers here have: which version of transactions producers may use. Level 1 stands for the flexible records of
/// <c>__transaction_state</c>, level 2 for producers that raise their epoch with each transaction's end and leave it to leaders to add
/// partitions. Kafka's own brokers on ZooKeeper do not have it, so a cluster with one of them cannot finalize it. KIP-890, KIP-1022.
/// </summary>
public static class TransactionVersionFeature
{
    public const string Name = "transaction.version";
    public const short EpochRaisingLevel = 2, HighestLevel = EpochRaisingLevel;

    /// <summary>Whether producers of that level raise their epoch with each transaction's end.</summary>
    public static bool RaisesEpochs(short level) => level >= EpochRaisingLevel;

    /// <summary>Whether a broker of this kind may be in a cluster that has finalized a feature at that level.</summary>
    public static bool Supports(string feature, short level) => feature == Name && level is >= 0 and <= HighestLevel;
}
