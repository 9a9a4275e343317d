using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// What a fetcher asks its leader besides records: where leader epochs ended, for partitions that truncate, and where logs begin and end,
/// for those whose next offset the leader has not. Touched only on the fetcher's loop.
/// </summary>
internal sealed class LeaderQueries(
    FetcherServices services, ILeaderConnection connection, FetchedReplicas replicas, ReplicaSteps steps)
{
    private readonly List<FetchedReplica> outOfRange = [];

    /// <summary>
    /// Brings the partitions that truncate a step on. Without leader epochs a log is cut to its high watermark; otherwise the leader is
    /// asked where the newest epoch of the log ended, as often as there are epochs that it does not know. KIP-101.
    /// </summary>
    public async Task Truncate()
    {
        var now = services.Loops.Time.GetTimestamp();
        var truncating = replicas.Where(replica => replica is { IsTruncating: true, Position: not null } && replica.IsReady(now));
        if (truncating.Count == 0)
            return;
        var asked = new HashSet<FetchedReplica>(truncating.Count);
        foreach (var replica in truncating)
        {
            if (connection.Protocol.EpochEndOffsets && replica.Position!.Value.LatestEpoch != LeaderEpoch.Unknown)
                asked.Add(replica);
            else if (await steps.Take(replica, static follower => follower.TruncateToHighWatermark()) is not null)
                replica.IsTruncating = false;
        }
        if (asked.Count > 0)
            await TruncateByEpochs(asked);
        await steps.WriteRecoveryPoints();
    }

    /// <summary>The leader has not the offset that the partition fetches; <see cref="ReturnThoseOutOfRange"/> sees to it.</summary>
    public void NoteOutOfRange(FetchedReplica replica) => outOfRange.Add(replica);

    /// <summary>Brings the logs that have left what their leader has back into it, or begins them anew.</summary>
    public async Task ReturnThoseOutOfRange()
    {
        if (outOfRange.Count == 0)
            return;
        HashSet<FetchedReplica> left = [.. outOfRange];
        outOfRange.Clear();
        var ends = await Offsets(left, OffsetQuery.Latest);
        var starts = await Offsets([.. ends.Keys], OffsetQuery.Earliest);
        foreach (var (replica, start) in starts)
        {
            if (await steps.Take(replica, follower => follower.ReturnInto(start, ends[replica])) is { } returned)
                services.Log.Warn(
                    "replicas", $"partition={replica.Name} leaderEpoch={replica.LeaderEpoch} was out of the leader's range "
                    + $"[{start}, {ends[replica]}]: goes on at offset={returned.Position.LogEndOffset}");
        }
    }

    private async Task TruncateByEpochs(HashSet<FetchedReplica> asked)
    {
        var answer = await connection.EndOffsets(EpochRequest(asked));
        foreach (var topic in answer.Topics)
        {
            foreach (var end in topic.Partitions)
            {
                if (replicas.Find(new TopicPartition(topic.Topic, end.Partition)) is not { IsTruncating: true } replica
                    || !asked.Contains(replica))
                    continue;
                if (end.ErrorCode != KafkaError.None)
                    steps.OnError(replica, end.ErrorCode);
                else if (await steps.Take(
                    replica, follower => follower.TruncateBy(new EpochEndOffset(new LeaderEpoch(end.LeaderEpoch), end.EndOffset)))
                    is { Result: FollowerStepResult.Done })
                    replica.IsTruncating = false;
            }
        }
    }

    private OffsetForLeaderEpochRequest EpochRequest(HashSet<FetchedReplica> asked)
    {
        var request = new OffsetForLeaderEpochRequest { ReplicaId = services.Self.Value };
        foreach (var ofTopic in asked.GroupBy(replica => replica.Name.Topic, StringComparer.Ordinal))
        {
            request.Topics.Add(new OffsetForLeaderEpochRequest.OffsetForLeaderTopic
            {
                Topic = ofTopic.Key,
                Partitions = [.. ofTopic.Select(replica => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition
                {
                    Partition = replica.Name.Partition,
                    CurrentLeaderEpoch = replica.LeaderEpoch.Value,
                    LeaderEpoch = replica.Position!.Value.LatestEpoch.Value,
                })],
            });
        }
        return request;
    }

    /// <summary>One end of the leader's log for each of the partitions that it tells it of; the others are delayed.</summary>
    private async Task<Dictionary<FetchedReplica, long>> Offsets(HashSet<FetchedReplica> asked, long timestamp)
    {
        var found = new Dictionary<FetchedReplica, long>();
        if (asked.Count == 0)
            return found;
        var request = new ListOffsetsRequest { ReplicaId = services.Self.Value };
        foreach (var ofTopic in asked.GroupBy(replica => replica.Name.Topic, StringComparer.Ordinal))
        {
            request.Topics.Add(new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = ofTopic.Key,
                Partitions = [.. ofTopic.Select(replica => new ListOffsetsRequest.ListOffsetsPartition
                {
                    PartitionIndex = replica.Name.Partition,
                    CurrentLeaderEpoch = replica.LeaderEpoch.Value,
                    Timestamp = timestamp,
                })],
            });
        }
        foreach (var topic in (await connection.ListOffsets(request)).Topics)
        {
            foreach (var answer in topic.Partitions)
            {
                if (replicas.Find(new TopicPartition(topic.Name, answer.PartitionIndex)) is not { } replica || !asked.Contains(replica))
                    continue;
                if (answer.ErrorCode != KafkaError.None)
                    steps.OnError(replica, answer.ErrorCode);
                else
                    found[replica] = answer.OldStyleOffsets is [var oldest, ..] ? oldest : answer.Offset;
            }
        }
        return found;
    }
}
