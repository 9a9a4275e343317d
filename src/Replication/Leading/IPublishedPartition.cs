namespace KafkaCompatBroker.Replication.Leading;

/// <summary>What a partition does for whichever part of it works on its log, the leader's or the follower's. Called on its loop.</summary>
internal interface IPublishedPartition
{
    TopicPartition Name { get; }

    /// <summary>Exclusive.</summary>
    long HighWatermark { get; }

    /// <summary>Shows readers the log as it is and this high watermark. A producer hears of a commit only after readers see it.</summary>
    void Publish(long highWatermark);
}
