using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>
/// All groups of one partition of <c>__consumer_offsets</c>. Durable are the snapshots and offsets that records tell;
/// <see cref="ClassicGroup"/>s, with their timers and waiting members, are made from the snapshots when loading ends and from requests
/// after that. On its shard's loop.
/// </summary>
internal sealed class GroupShard : ICoordinatorState<GroupRecord>
{
    // A batch of tombstones stays well below any broker's limit for one batch.
    private const int TombstonesPerBatchBytes = 256 * 1024;

    private readonly GroupOptions options;
    private readonly IShardContext<GroupRecord> context;
    private readonly GroupRebalance rebalance;
    private readonly GroupJoin joins;
    private readonly GroupSync syncs;
    private readonly GroupMembership membership;
    private readonly OffsetCommits commits;
    private readonly Dictionary<string, ClassicGroup> groups = [];
    private readonly Dictionary<string, GroupSnapshot> snapshots = [];
    private readonly Dictionary<string, GroupOffsets> offsets = [];
    private readonly Dictionary<long, HashSet<string>> groupsByOpenProducer = [];

    public GroupShard(GroupOptions options, IShardContext<GroupRecord> context, MemberIds memberIds)
    {
        (this.options, this.context) = (options, context);
        rebalance = new GroupRebalance(options, context);
        joins = new GroupJoin(options, context, rebalance, memberIds);
        syncs = new GroupSync(context, rebalance);
        membership = new GroupMembership(rebalance);
        commits = new OffsetCommits(options, context, rebalance);
    }

    public IReadOnlyDictionary<string, ClassicGroup> Groups => groups;
    public IReadOnlyDictionary<string, GroupSnapshot> Snapshots => snapshots;
    public IReadOnlyDictionary<string, GroupOffsets> Offsets => offsets;

    public void Join(JoinRequest request, Reply<JoinReply> reply)
    {
        if (!joins.IsValidSession(request))
            reply.Send(new JoinReply(KafkaError.InvalidSessionTimeout, request.MemberId));
        else if (groups.TryGetValue(request.GroupId, out var group))
            joins.Join(group, request, reply);
        else if (request.MemberId.Length == 0)
            joins.Join(AddGroup(request.GroupId), request, reply);
        else
            reply.Send(new JoinReply(KafkaError.UnknownMemberId, request.MemberId));
    }

    public void Sync(SyncRequest request, Reply<SyncReply> reply)
    {
        if (groups.TryGetValue(request.GroupId, out var group))
            syncs.Sync(group, request, reply);
        else
            reply.Send(SyncReply.Failed(KafkaError.UnknownMemberId));
    }

    public KafkaError Heartbeat(HeartbeatCall request)
        => groups.TryGetValue(request.GroupId, out var group) ? membership.Heartbeat(group, request) : KafkaError.UnknownMemberId;

    public LeaveReply Leave(LeaveRequest request)
    {
        groups.TryGetValue(request.GroupId, out var group);
        return new LeaveReply(KafkaError.None, [.. request.Members.Select(leaving => group is null
            ? new LeftMember(leaving.MemberId, leaving.GroupInstanceId, KafkaError.UnknownMemberId)
            : membership.Leave(group, leaving))]);
    }

    public void Commit(CommitRequest request, Reply<CommitReply> reply)
    {
        if (groups.TryGetValue(request.GroupId, out var group))
            commits.Commit(group, request, reply);
        else if (request.GenerationId < 0)
            commits.Commit(AddGroup(request.GroupId), request, reply);
        else
            reply.Send(request.Failed(KafkaError.IllegalGeneration));
    }

    public FetchOffsetsReply FetchOffsets(FetchOffsetsRequest request)
    {
        context.RefreshHighWatermark();
        if (!offsets.TryGetValue(request.GroupId, out var held))
            return new(KafkaError.None, [.. (request.Partitions ?? []).Select(partition => FetchedOffset.None(partition))]);
        var partitions = request.Partitions ?? held.VisiblePartitions();
        return new(KafkaError.None, [.. partitions.Select(partition => held.Fetch(partition, request.RequireStable))]);
    }

    public GroupDescription Describe(string groupId)
        => groups.TryGetValue(groupId, out var group) ? GroupAdmin.Describe(group) : GroupDescription.Dead;

    public IReadOnlyList<ListedGroup> List()
        => [.. groups.Values.Select(group => new ListedGroup(group.GroupId, group.ProtocolType ?? "", group.State))];

    /// <summary>An Empty group goes with its offsets; the answer comes once their tombstones are committed.</summary>
    public void Delete(string groupId, Reply<KafkaError> reply)
    {
        var group = groups.GetValueOrDefault(groupId);
        var error = GroupAdmin.MayDelete(group);
        if (error != KafkaError.None)
        {
            reply.Send(error);
            return;
        }
        var tombstones = new List<GroupRecord>();
        if (offsets.TryGetValue(groupId, out var held))
            tombstones.AddRange(held.All().Select(entry => new OffsetRecord(groupId, entry.Key, null)));
        RemoveGroup(group!, tombstones, "deleted");
        // Nobody waits in an Empty group, but ids that were given out may still be timed.
        group!.Die(KafkaError.GroupIdNotFound, context.NowMs);
        Remove(tombstones, "deletion of the group", outcome =>
        {
            if (outcome != KafkaError.None)
                AddMissingGroups();
            reply.Send(GroupErrors.OfOffsetRecords(outcome));
        });
    }

    public void DeleteOffsets(DeleteOffsetsRequest request, Reply<DeleteOffsetsReply> reply)
    {
        var decision = GroupAdmin.MayDeleteOffsets(groups.GetValueOrDefault(request.GroupId), request.Partitions);
        var held = offsets.GetValueOrDefault(request.GroupId)?.All().Select(entry => entry.Key).ToHashSet();
        var tombstones = new List<GroupRecord>();
        for (var i = 0; i < decision.PartitionErrors.Count; i++)
        {
            if (decision.PartitionErrors[i] == KafkaError.None && held?.Remove(request.Partitions[i]) == true)
                tombstones.Add(new OffsetRecord(request.GroupId, request.Partitions[i], null));
        }
        Remove(tombstones, "deletion of offsets", outcome =>
            reply.Send(outcome == KafkaError.None ? decision : DeleteOffsetsReply.Failed(GroupErrors.OfOffsetRecords(outcome))));
    }

    /// <summary>Forgets offsets past their retention, and groups that are left with neither members nor offsets.</summary>
    public void ExpireOffsets()
    {
        context.RefreshHighWatermark();
        // A group comes back here when its tombstones could not be written.
        AddMissingGroups();
        var retentionMs = options.OffsetsRetentionMinutes * 60_000L;
        var tombstones = new List<GroupRecord>();
        foreach (var group in groups.Values.ToList())
        {
            var held = offsets.GetValueOrDefault(group.GroupId);
            if (held is { IsEmpty: true })
                offsets.Remove(group.GroupId);
            var expired = held is null ? [] : OffsetExpiration.Expired(group, held, context.NowMs, retentionMs);
            tombstones.AddRange(expired.Select(partition => new OffsetRecord(group.GroupId, partition, null)));
            if (group.State == ClassicGroupState.Empty && group.PendingMemberCount == 0 && (
                held is null || held.IsEmpty || held.HoldsOnly(expired.Count)))
                RemoveGroup(group, tombstones, "neither members nor offsets");
        }
        WriteTombstones(tombstones, "retention");
    }

    public void RemoveTopics(IReadOnlyCollection<string> topics)
    {
        var tombstones = new List<GroupRecord>();
        foreach (var (groupId, held) in offsets)
        {
            tombstones.AddRange(held.All()
                .Where(entry => topics.Contains(entry.Key.Topic))
                .Select(entry => new OffsetRecord(groupId, entry.Key, null)));
        }
        WriteTombstones(tombstones, "topic deletion");
    }

    public void Apply(GroupRecord record, RecordPosition position)
    {
        switch (record)
        {
            case OffsetRecord offset:
                OffsetsOf(offset.GroupId).Apply(offset.Partition, offset.Value, position);
                if (position.IsTransactional)
                    RememberOpen(position.Producer.ProducerId, offset.GroupId);
                break;
            case GroupMetadataRecord { Value: { } snapshot }:
                snapshots[record.GroupId] = snapshot;
                break;
            case GroupMetadataRecord:
                snapshots.Remove(record.GroupId);
                break;
        }
    }

    public void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset)
    {
        if (!groupsByOpenProducer.Remove(producer.ProducerId, out var groupIds))
            return;
        foreach (var groupId in groupIds)
            offsets[groupId].ApplyMarker(producer.ProducerId, isCommit, offset);
    }

    public void OnLoaded()
    {
        AddMissingGroups();
        foreach (var group in groups.Values)
            LoadedGroup.Resume(group, options, rebalance);
    }

    public void OnUnloaded()
    {
        foreach (var group in groups.Values)
            group.Die(KafkaError.NotCoordinator, context.NowMs);
        groups.Clear();
    }

    private void AddMissingGroups()
    {
        foreach (var (groupId, snapshot) in snapshots)
        {
            if (!groups.ContainsKey(groupId))
                groups.Add(groupId, LoadedGroup.From(groupId, snapshot, context.NowMs));
        }
        foreach (var (groupId, held) in offsets)
        {
            if (!groups.ContainsKey(groupId) && held.HoldsAny)
                AddGroup(groupId);
        }
    }

    private void RememberOpen(long producerId, string groupId)
    {
        if (!groupsByOpenProducer.TryGetValue(producerId, out var groupIds))
            groupsByOpenProducer.Add(producerId, groupIds = []);
        groupIds.Add(groupId);
    }

    private ClassicGroup AddGroup(string groupId)
    {
        var group = new ClassicGroup(groupId, context.NowMs);
        groups.Add(groupId, group);
        return group;
    }

    private GroupOffsets OffsetsOf(string groupId)
    {
        if (!offsets.TryGetValue(groupId, out var held))
            offsets.Add(groupId, held = new GroupOffsets(context.Timeline));
        return held;
    }

    private void RemoveGroup(ClassicGroup group, List<GroupRecord> tombstones, string reason)
    {
        rebalance.Transition(group, ClassicGroupState.Dead, reason);
        groups.Remove(group.GroupId);
        // A group that never got beyond its first join has no record to delete.
        if (snapshots.ContainsKey(group.GroupId))
            tombstones.Add(new GroupMetadataRecord(group.GroupId, null));
    }

    // What is not removed now is found again at the next check.
    private void WriteTombstones(List<GroupRecord> tombstones, string reason)
        => Remove(tombstones, reason, error =>
        {
            if (error is not (KafkaError.None or KafkaError.NotCoordinator))
                context.Log.Warn("group", $"partition={context.Partition} tombstones not written error={error}");
        });

    /// <summary>Writes tombstones in batches of bounded size; the outcome is told once, after the last: None, or the first error.</summary>
    private void Remove(List<GroupRecord> tombstones, string reason, Action<KafkaError> outcome)
    {
        if (tombstones.Count == 0)
        {
            outcome(KafkaError.None);
            return;
        }
        context.Log.Info("group", $"partition={context.Partition} removes {tombstones.Count} offsets and groups reason={reason}");
        var batches = Batches(tombstones).ToList();
        var (unansweredCount, firstError) = (batches.Count, KafkaError.None);
        foreach (var batch in batches)
        {
            context.Write(batch, error =>
            {
                if (firstError == KafkaError.None)
                    firstError = error;
                if (--unansweredCount == 0)
                    outcome(firstError);
            });
        }
    }

    private static IEnumerable<List<GroupRecord>> Batches(List<GroupRecord> records)
    {
        var batch = new List<GroupRecord>();
        var sizeBytes = 0;
        foreach (var record in records)
        {
            var recordBytes = 32 + (3 * record.GroupId.Length) + (record is OffsetRecord offset ? 3 * offset.Partition.Topic.Length : 0);
            if (batch.Count > 0 && sizeBytes + recordBytes > TombstonesPerBatchBytes)
            {
                yield return batch;
                (batch, sizeBytes) = ([], 0);
            }
            batch.Add(record);
            sizeBytes += recordBytes;
        }
        yield return batch;
    }
}
