using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Replication.Partitions;

/// <summary>What this broker is to a partition.</summary>
public enum PartitionRole
{
    /// <summary>Known, but no controller has said yet what to be.</summary>
    None = 0,
    Leader,
    Follower,
    /// <summary>Its log dir failed; every request is answered KAFKA_STORAGE_ERROR.</summary>
    Offline,
    /// <summary>Its folder is that of another topic of the name; every request is answered INCONSISTENT_TOPIC_ID.</summary>
    OfOtherTopic,
    /// <summary>Deleted on this broker, or the broker stops; the partition is not used again.</summary>
    Stopped,
}

/// <summary>
/// Who leads a partition and in which epochs, as the controller last said. Immutable. All snapshots that are published between two changes
/// of it share one object, so two snapshots whose leadership is not the same object have a change between them.
/// </summary>
/// <param name="EpochStartOffset">On the leader: the log end offset when this leader epoch began; −1 elsewhere.</param>
/// <param name="TopicId">Zero when the controller gave none.</param>
/// <param name="Log">Null unless this broker leads or follows.</param>
/// <param name="Replicas">The brokers that the controller has assigned the partition to.</param>
public sealed record PartitionLeadership(
    TopicId TopicId,
    PartitionRole Role,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    long EpochStartOffset,
    ReadOnlyLog? Log,
    IReadOnlyList<BrokerId> Replicas)
{
    /// <summary>Before the controller's first decision.</summary>
    public static readonly PartitionLeadership None = new(
        TopicId.Zero, PartitionRole.None, BrokerId.None, LeaderEpoch.Unknown, PartitionEpoch.Unknown, -1, null, []);

    public bool IsLeader => Role == PartitionRole.Leader;

    /// <summary>Whether the broker has a replica of the partition and does not lead it.</summary>
    public bool IsFollower(BrokerId broker) => broker != Leader && Replicas.Contains(broker);

    /// <summary>What whoever asks for what the role does not give is told.</summary>
    public KafkaError Refusal => Role switch
    {
        PartitionRole.Offline => KafkaError.KafkaStorageError,
        PartitionRole.OfOtherTopic => KafkaError.InconsistentTopicId,
        _ => KafkaError.NotLeaderOrFollower,
    };
}
