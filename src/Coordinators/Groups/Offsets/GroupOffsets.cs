using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>
/// One group's committed offsets: what readers see, what is written but not committed, and what belongs to transactions that are still
/// open.
/// </summary>
internal sealed class GroupOffsets(Timeline timeline, ShardMemory memory)
{
    private readonly TimelineMap<TopicPartition, CommittedOffset> offsets = new(timeline);
    private readonly Dictionary<long, Dictionary<TopicPartition, CommittedOffset>> openTransactions = [];

    /// <summary>No offset, no change of one on its way, no open transaction.</summary>
    public bool IsEmpty => offsets.IsEmpty && openTransactions.Count == 0;

    /// <summary>An offset that is not about to go, or an open transaction that may bring one.</summary>
    public bool HoldsAny => openTransactions.Count > 0 || offsets.AllLatest().Any();

    /// <summary>Nothing is left once that many of the offsets are gone.</summary>
    public bool HoldsOnly(int count) => openTransactions.Count == 0 && offsets.Count == count;

    public void Apply(TopicPartition partition, CommittedOffset? value, RecordPosition position)
    {
        var positioned = value is null ? null : value with { RecordOffset = position.Offset };
        if (!position.IsTransactional)
        {
            Set(position.Offset, partition, positioned);
            return;
        }
        if (!openTransactions.TryGetValue(position.Producer.ProducerId, out var open))
            openTransactions.Add(position.Producer.ProducerId, open = []);
        memory.Change(SizeOf(partition, positioned) - SizeOf(partition, open.GetValueOrDefault(partition)));
        if (positioned is null)
            open.Remove(partition);
        else
            open[partition] = positioned;
    }

    /// <summary>
    /// A transaction's offsets count from its commit on, unless something later in the log has replaced them. What lies behind the marker
    /// belongs to the producer's next transaction: an end may be told twice. True when nothing of the producer is left open.
    /// </summary>
    public bool ApplyMarker(long producerId, bool isCommit, long markerOffset)
    {
        if (!openTransactions.TryGetValue(producerId, out var open))
            return true;
        foreach (var (partition, value) in open.Where(entry => entry.Value.RecordOffset < markerOffset).ToList())
        {
            open.Remove(partition);
            memory.Change(-SizeOf(partition, value));
            if (isCommit && (!offsets.TryGetLatest(partition, out var latest) || latest.RecordOffset < value.RecordOffset))
                Set(markerOffset, partition, value);
        }
        return open.Count == 0 && openTransactions.Remove(producerId);
    }

    /// <summary>By how much a commit would add to the memory that is taken; negative where it replaces a larger one.</summary>
    public static long Growth(GroupOffsets? offsets, TopicPartition partition, CommittedOffset value)
    {
        CommittedOffset? latest = null;
        offsets?.offsets.TryGetLatest(partition, out latest);
        return SizeOf(partition, value) - SizeOf(partition, latest);
    }

    public FetchedOffset Fetch(TopicPartition partition, bool requireStable)
    {
        if (requireStable && !IsStable(partition))
            return FetchedOffset.None(partition, KafkaError.UnstableOffsetCommit);
        return offsets.TryGetVisible(partition, out var value)
            ? new FetchedOffset { Partition = partition, Offset = value.Offset, LeaderEpoch = value.LeaderEpoch, Metadata = value.Metadata }
            : FetchedOffset.None(partition);
    }

    public IEnumerable<TopicPartition> VisiblePartitions() => offsets.AllVisible().Select(entry => entry.Key);

    /// <summary>The partitions whose offsets would be there if all that is written were committed.</summary>
    public IEnumerable<TopicPartition> Partitions() => offsets.AllLatest().Select(entry => entry.Key);

    /// <summary>The partitions whose offsets have expired; of those on their way to being committed none has.</summary>
    public IEnumerable<TopicPartition> Expired(OffsetExpirationCondition condition, long nowMs, long retentionMs)
        => offsets.AllLatest()
            .Where(entry => IsStable(entry.Key) && condition.IsExpired(entry.Key, entry.Value, nowMs, retentionMs))
            .Select(entry => entry.Key);

    /// <summary>False while a commit of this partition waits for the high watermark or for the end of its transaction.</summary>
    public bool IsStable(TopicPartition partition)
        => offsets.IsStable(partition) && !openTransactions.Values.Any(open => open.ContainsKey(partition));

    private void Set(long offset, TopicPartition partition, CommittedOffset? value)
    {
        offsets.TryGetLatest(partition, out var latest);
        memory.Change(SizeOf(partition, value) - SizeOf(partition, latest));
        offsets.Set(offset, partition, value);
    }

    private static long SizeOf(TopicPartition partition, CommittedOffset? value)
        => value is null ? 0 : ShardMemory.OffsetBytes + ShardMemory.OfText(partition.Topic) + ShardMemory.OfText(value.Metadata);
}
