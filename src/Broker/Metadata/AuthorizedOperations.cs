namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>
/// The operations that a client may do, one bit for each by Kafka's number, as Metadata, DescribeCluster and DescribeGroups tell them.
/// Without an authorizer, all. KIP-430.
/// </summary>
public static class AuthorizedOperations
{
    /// <summary>Read 3, Write 4, Create 5, Delete 6, Alter 7, Describe 8, DescribeConfigs 10, AlterConfigs 11.</summary>
    public const int OfTopic = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 10) | (1 << 11);

    /// <summary>Read 3, Delete 6, Describe 8.</summary>
    public const int OfGroup = (1 << 3) | (1 << 6) | (1 << 8);

    /// <summary>Create 5, Alter 7, Describe 8, ClusterAction 9, DescribeConfigs 10, AlterConfigs 11, IdempotentWrite 12.</summary>
    public const int OfCluster = (1 << 5) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12);
}
