using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// One partition that a fetcher copies, in one leader epoch, and how far that is. It truncates until its log is known to be a beginning of
/// the leader's, and then it fetches. Touched only on the fetcher's loop.
/// </summary>
internal sealed class FetchedReplica
{
    public FetchedReplica(Partition partition, TopicId topicId, LeaderEpoch leaderEpoch)
    {
        (Partition, TopicId, LeaderEpoch) = (partition, topicId, leaderEpoch);
        Node = new LinkedListNode<FetchedReplica>(this);
    }

    public Partition Partition { get; }
    public TopicPartition Name => Partition.Name;
    /// <summary>Zero when the controller gave none.</summary>
    public TopicId TopicId { get; }
    /// <summary>In which the leader leads that is asked.</summary>
    public LeaderEpoch LeaderEpoch { get; }
    /// <summary>Its place among the fetcher's partitions.</summary>
    public LinkedListNode<FetchedReplica> Node { get; }

    /// <summary>Where its log is, as of the last step; null before the first.</summary>
    public FollowerPosition? Position { get; set; }
    public bool IsTruncating { get; set; }
    /// <summary>What the leader said last; null before its first answer.</summary>
    public long? LeaderHighWatermark { get; set; }
    /// <summary>Whether it has all that is committed, as far as it knows.</summary>
    public bool IsInSync => Position is { } position && LeaderHighWatermark is { } committed && position.LogEndOffset >= committed;
    /// <summary>Nothing is asked for it before this timestamp of the loops' clock; null when it is not delayed.</summary>
    public long? DelayedUntil { get; set; }
    /// <summary>What it was delayed for last, so that each reason is told once; None since it went well.</summary>
    public KafkaError LastError { get; set; }

    public bool IsReady(long now) => DelayedUntil is not { } until || until <= now;
}
