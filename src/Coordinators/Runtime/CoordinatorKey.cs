namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>Where a coordinator's key (a group id, a transactional id) lives.</summary>
public static class CoordinatorKey
{
    /// <summary>
    /// abs(Java's String.hashCode) modulo the partition count; the absolute value of the smallest int counts as 0, as in Kafka.
    /// </summary>
    public static int PartitionFor(string key, int partitionCount) => JavaHash.IndexOf(JavaHash.Of(key), partitionCount);
}
