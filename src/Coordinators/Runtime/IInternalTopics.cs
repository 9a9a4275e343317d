namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>Makes an internal topic when the first client asks for its coordinator.</summary>
public interface IInternalTopics
{
    /// <summary>
    /// Starts making the topic with the broker's settings for it (partitions, replication factor, compaction). Returns at once and is fine
    /// to call again and again: who asks for a coordinator meanwhile is told CoordinatorNotAvailable and comes back.
    /// </summary>
    void EnsureExists(string topic);
}
