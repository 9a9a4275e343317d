using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups;

/// <summary>
/// The group coordinator as handlers see it: finds a group's partition of <c>__consumer_offsets</c> and runs the request on that
/// partition's shard. Called from any thread. How many partitions there are is fixed at start (from the topic, or the setting while there
/// is none): were it to change, groups would lose their offsets.
/// </summary>
public sealed class GroupCoordinator : ICoordinator, IMarkerListener, IDisposable
{
    private readonly CoordinatorRuntime<GroupShard, GroupRecord> runtime;
    private readonly IDisposable expiry;

    public GroupCoordinator(GroupOptions options, int partitionCount, ILoops loops, ILog log, Random random)
    {
        Invariant.Holds(partitionCount > 0);
        PartitionCount = partitionCount;
        var memberIds = new MemberIds(random);
        var memory = new GroupMemory(options.MemoryBytes);
        runtime = new(new CoordinatorSettings<GroupShard, GroupRecord>
        {
            Name = "group",
            Loops = loops,
            Log = log,
            Codec = new GroupRecordCodec(),
            CreateState = context => new GroupShard(options, context, memory, memberIds),
            CommitTimeoutMs = options.CommitTimeoutMs,
            LoadBufferBytes = options.LoadBufferBytes,
        });
        expiry = loops.Create("group-expiry").ScheduleEach(
            TimeSpan.FromMilliseconds(options.OffsetsRetentionCheckIntervalMs), () => runtime.Tell(shard => shard.ExpireOffsets()));
    }

    /// <summary>How many partitions <c>__consumer_offsets</c> has.</summary>
    public int PartitionCount { get; }

    /// <summary>The partition that holds a group: abs(Java's hash of its id) modulo the partition count.</summary>
    public int PartitionFor(string groupId) => CoordinatorKey.PartitionFor(groupId, PartitionCount);

    /// <inheritdoc/>
    public void OnElected(ICoordinatorLog log, LeaderEpoch leaderEpoch) => runtime.OnElected(log, leaderEpoch);

    /// <inheritdoc/>
    public void OnResigned(int partition, LeaderEpoch? leaderEpoch) => runtime.OnResigned(partition, leaderEpoch);

    /// <summary>Offsets of deleted topics are forgotten, with tombstones.</summary>
    public void OnTopicsDeleted(IReadOnlyCollection<string> topics)
    {
        if (topics.Count > 0)
            runtime.Tell(shard => shard.Offsets.DeleteTopics(topics));
    }

    /// <inheritdoc/>
    public Task<KafkaError> MarkerWritten(TopicPartition partition, ProducerIdAndEpoch producer, bool isCommit, long offset)
        => runtime.Ask<KafkaError>(
            partition.Partition,
            (shard, reply) =>
            {
                shard.ApplyMarker(producer, isCommit, offset);
                reply.Send(KafkaError.None);
            },
            error => error);

    /// <summary>
    /// Cancelled when <paramref name="closed"/> ends before the next generation is formed; the member has joined all the same.
    /// </summary>
    public Task<JoinReply> Join(JoinRequest request, CancellationToken closed = default)
        => request.GroupId.Length == 0
            ? Task.FromResult(JoinReply.Failed(KafkaError.InvalidGroupId, request.MemberId))
            : runtime.Ask<JoinReply>(
                PartitionFor(request.GroupId),
                (shard, reply) => shard.Classic.Join(request, reply),
                error => JoinReply.Failed(error, request.MemberId),
                closed);

    /// <summary>
    /// While loading the answer is RebalanceInProgress: the member joins again instead of looking for another coordinator. Cancelled as a
    /// join is.
    /// </summary>
    public Task<SyncReply> Sync(SyncRequest request, CancellationToken closed = default)
        => request.GroupId.Length == 0
            ? Task.FromResult(SyncReply.Failed(KafkaError.InvalidGroupId))
            : runtime.Ask(
                PartitionFor(request.GroupId),
                (shard, reply) => shard.Classic.Sync(request, reply),
                error => SyncReply.Failed(error == KafkaError.CoordinatorLoadInProgress ? KafkaError.RebalanceInProgress : error),
                closed);

    /// <summary>While loading every heartbeat is answered without an error: session timers have not begun.</summary>
    public Task<KafkaError> Heartbeat(MemberHeartbeat heartbeat)
        => heartbeat.GroupId.Length == 0
            ? Task.FromResult(KafkaError.InvalidGroupId)
            : runtime.Ask<KafkaError>(
                PartitionFor(heartbeat.GroupId),
                (shard, reply) => reply.Send(shard.Classic.Heartbeat(heartbeat)),
                error => error == KafkaError.CoordinatorLoadInProgress ? KafkaError.None : error);

    public Task<LeaveReply> Leave(LeaveRequest request)
        => request.GroupId.Length == 0
            ? Task.FromResult(new LeaveReply(KafkaError.InvalidGroupId, []))
            : runtime.Ask<LeaveReply>(
                PartitionFor(request.GroupId), (shard, reply) => reply.Send(shard.Classic.Leave(request)), error => new(error, []));

    /// <summary>All offsets of the request become one batch. The group id may be empty.</summary>
    public Task<CommitReply> Commit(CommitRequest request)
        => runtime.Ask(PartitionFor(request.GroupId), (shard, reply) => shard.Commit(request, reply), request.Failed);

    /// <summary>The group id may be empty.</summary>
    public Task<FetchOffsetsReply> FetchOffsets(FetchOffsetsRequest request)
        => runtime.Ask<FetchOffsetsReply>(
            PartitionFor(request.GroupId), (shard, reply) => reply.Send(shard.Offsets.Fetch(request)), error => new(error, []));

    /// <summary>The group id may be empty. A group that is not there is described as Dead.</summary>
    public Task<GroupDescription> Describe(string groupId)
        => runtime.Ask<GroupDescription>(
            PartitionFor(groupId), (shard, reply) => reply.Send(shard.Classic.Describe(groupId)), GroupDescription.Failed);

    /// <summary>
    /// All groups that this broker coordinates. While some are loading the others are listed beside the error CoordinatorLoadInProgress.
    /// </summary>
    public async Task<ListGroupsReply> List()
    {
        var replies = await runtime.AskAll<ListGroupsReply>(
            (shard, reply) => reply.Send(new ListGroupsReply(KafkaError.None, shard.List())), error => new ListGroupsReply(error, []));
        var error = replies.Select(reply => reply.Error).FirstOrDefault(
            error => error is not (KafkaError.None or KafkaError.NotCoordinator));
        return new(error, [.. replies.SelectMany(reply => reply.Groups)]);
    }

    /// <summary>The group id may be empty. NonEmptyGroup while it has members.</summary>
    public Task<KafkaError> Delete(string groupId)
        => runtime.Ask<KafkaError>(PartitionFor(groupId), (shard, reply) => shard.Delete(groupId, reply), error => error);

    public Task<DeleteOffsetsReply> DeleteOffsets(DeleteOffsetsRequest request)
        => request.GroupId.Length == 0
            ? Task.FromResult(DeleteOffsetsReply.Failed(KafkaError.InvalidGroupId))
            : runtime.Ask<DeleteOffsetsReply>(
                PartitionFor(request.GroupId), (shard, reply) => shard.DeleteOffsets(request, reply), DeleteOffsetsReply.Failed);

    /// <summary>The end: this broker coordinates no group from here on, and who waits is answered with NotCoordinator.</summary>
    public void Dispose()
    {
        expiry.Dispose();
        runtime.Stop();
    }
}
