namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// The topics that brokers keep their own records in, as Kafka names them. Clients may read them; only the broker writes them.
/// </summary>
public static class InternalTopics
{
    public const string ConsumerOffsets = "__consumer_offsets";
    public const string TransactionState = "__transaction_state";

    /// <summary>KRaft's own log: no topic may be called so.</summary>
    public const string ClusterMetadata = "__cluster_metadata";

    public static bool Contains(string topic) => topic is ConsumerOffsets or TransactionState;
}
