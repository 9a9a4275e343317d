namespace KafkaCompatBroker.Replication.Following;

/// <summary>What a partition does for the follower's part of it. Called on the partition's loop.</summary>
internal interface IFollowingPartition
{
    TopicPartition Name { get; }

    /// <summary>Exclusive.</summary>
    long HighWatermark { get; }

    /// <summary>Shows readers the log as it is and this high watermark.</summary>
    void Publish(long highWatermark);
}
