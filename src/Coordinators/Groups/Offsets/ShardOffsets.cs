using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>
/// The offsets half of a group shard: the committed offsets of all its groups, of whatever kind; what depends on a group, the group is
/// asked for. Durable in full: it changes only in <see cref="Apply"/> and <see cref="ApplyMarker"/>. On its shard's loop.
/// </summary>
internal sealed class ShardOffsets(
    GroupOptions options, IShardContext<GroupRecord> context, ShardMemory memory, Tombstones tombstones)
{
    private readonly OffsetCommits commits = new(options, context, memory);
    private readonly Dictionary<string, GroupOffsets> offsetsByGroup = [];
    private readonly Dictionary<long, HashSet<string>> groupsByOpenProducer = [];

    /// <summary>The groups that have offsets, or an open transaction that may bring some.</summary>
    public IEnumerable<string> GroupIds => offsetsByGroup.Where(entry => entry.Value.HoldsAny).Select(entry => entry.Key);

    public void Commit(IGroup group, CommitRequest request, Reply<CommitReply> reply) 
        => commits.Commit(group, offsetsByGroup.GetValueOrDefault(group.GroupId), request, reply);

    public FetchOffsetsReply Fetch(FetchOffsetsRequest request)
    {
        context.RefreshHighWatermark();
        if (!offsetsByGroup.TryGetValue(request.GroupId, out var offsets))
            return new(KafkaError.None, [.. (request.Partitions ?? []).Select(partition => FetchedOffset.None(partition))]);
        var partitions = request.Partitions ?? offsets.VisiblePartitions();
        return new(KafkaError.None, [.. partitions.Select(partition => offsets.Fetch(partition, request.RequireStable))]);
    }

    /// <param name="group">Null when there is none of the request's id.</param>
    public void Delete(IGroup? group, DeleteOffsetsRequest request, Reply<DeleteOffsetsReply> reply)
    {
        var decision = OffsetDeletion.Decide(group, request.Partitions);
        var present = offsetsByGroup.GetValueOrDefault(request.GroupId)?.Partitions().ToHashSet();
        var deleted = new List<GroupRecord>();
        for (var i = 0; i < decision.PartitionErrors.Count; i++)
        {
            if (decision.PartitionErrors[i] == KafkaError.None && present?.Remove(request.Partitions[i]) == true)
                deleted.Add(new OffsetRecord(request.GroupId, request.Partitions[i], null));
        }
        tombstones.Write(deleted, "deletion of offsets", outcome =>
            reply.Send(outcome == KafkaError.None ? decision : DeleteOffsetsReply.Failed(AppendErrors.OfOffsetRecords(outcome))));
    }

    /// <summary>Deletes the offsets of topics that are gone, of every group.</summary>
    public void DeleteTopics(IReadOnlyCollection<string> topics)
    {
        var deleted = new List<GroupRecord>();
        foreach (var (groupId, offsets) in offsetsByGroup)
        {
            deleted.AddRange(offsets.Partitions()
                .Where(partition => topics.Contains(partition.Topic))
                .Select(partition => new OffsetRecord(groupId, partition, null)));
        }
        tombstones.Write(deleted, "topic deletion");
    }

    /// <summary>Adds what deletes the group's expired offsets from the log; true when it is left without any.</summary>
    public bool AddExpired(IGroup group, List<GroupRecord> expired)
    {
        if (!offsetsByGroup.TryGetValue(group.GroupId, out var offsets))
            return true;
        if (offsets.IsEmpty)
        {
            offsetsByGroup.Remove(group.GroupId);
            return true;
        }
        if (group.OffsetExpiration() is not { } condition)
            return false;
        var retentionMs = options.OffsetsRetentionMinutes * 60_000L;
        var countBefore = expired.Count;
        expired.AddRange(offsets.Expired(condition, context.NowMs, retentionMs)
            .Select(partition => new OffsetRecord(group.GroupId, partition, null)));
        return offsets.HoldsOnly(expired.Count - countBefore);
    }

    /// <summary>Adds what deletes all of the group's offsets from the log.</summary>
    public void AddTombstones(string groupId, List<GroupRecord> deleted)
    {
        if (offsetsByGroup.TryGetValue(groupId, out var offsets))
            deleted.AddRange(offsets.Partitions().Select(partition => new OffsetRecord(groupId, partition, null)));
    }

    public void Apply(OffsetRecord record, RecordPosition position)
    {
        Invariant.Holds(context.IsCurrent);
        if (!offsetsByGroup.TryGetValue(record.GroupId, out var offsets))
            offsetsByGroup.Add(record.GroupId, offsets = new GroupOffsets(context.Timeline, memory));
        offsets.Apply(record.Partition, record.Value, position);
        if (position.IsTransactional)
            RememberOpen(position.Producer.ProducerId, record.GroupId);
    }

    public void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset)
    {
        Invariant.Holds(context.IsCurrent);
        if (!groupsByOpenProducer.TryGetValue(producer.ProducerId, out var groupIds))
            return;
        groupIds.RemoveWhere(groupId => offsetsByGroup[groupId].ApplyMarker(producer.ProducerId, isCommit, offset));
        if (groupIds.Count == 0)
            groupsByOpenProducer.Remove(producer.ProducerId);
    }

    private void RememberOpen(long producerId, string groupId)
    {
        if (!groupsByOpenProducer.TryGetValue(producerId, out var groupIds))
            groupsByOpenProducer.Add(producerId, groupIds = []);
        groupIds.Add(groupId);
    }
}
