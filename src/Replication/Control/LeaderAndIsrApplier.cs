using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Applies one LeaderAndIsr request: fences, logs, roles, and then the news to coordinators. All partitions change at the same time, each
/// on its own loop; the answer waits for all of them. Runs on the replicas' loop, in turn.
/// </summary>
internal sealed class LeaderAndIsrApplier(Replicas replicas, ReplicasSettings settings, ControllerFence fence)
{
    public async Task<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request)
    {
        var refused = fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (refused != KafkaError.None)
        {
            settings.Log.Warn("replicas", $"LeaderAndIsr controller={request.ControllerId} controllerEpoch={request.ControllerEpoch} "
                + $"brokerEpoch={request.BrokerEpoch} refused: {refused}");
            return new LeaderAndIsrResponse { ErrorCode = refused };
        }
        var changes = new List<Change>();
        foreach (var topic in request.TopicStates)
        {
            foreach (var state in topic.PartitionStates)
                changes.Add(Begin(new TopicPartition(topic.TopicName, state.PartitionIndex), PartitionState.From(topic.TopicId, state)));
        }
        foreach (var state in request.UngroupedPartitionStates)
            changes.Add(Begin(new TopicPartition(state.TopicName, state.PartitionIndex), PartitionState.From(TopicId.Zero, state)));
        foreach (var change in changes)
            await change.Done;
        Tell(changes);
        return Answer(changes);
    }

    private Change Begin(TopicPartition name, PartitionState state)
    {
        if (!TopicName.IsValid(name.Topic) || name.Partition < 0)
            return Change.Refused(name, state, KafkaError.InvalidTopicException);
        var partition = replicas.Find(name);
        var known = partition?.Snapshot.Leadership;
        try
        {
            var logTopicId = known?.Log?.TopicId ?? replicas.FindLog(name)?.TopicId ?? TopicId.Zero;
            var (decision, error) = LeaderAndIsrCheck.Decide(settings.Options.BrokerId, known, logTopicId, state);
            return decision switch
            {
                LeaderAndIsrDecision.Apply when replicas.MayBeInLostDir(name, state.IsNew) => BeOffline(replicas.FindOrAdd(name), state),
                LeaderAndIsrDecision.Apply => Become(replicas.FindOrAdd(name), state),
                LeaderAndIsrDecision.AdoptTopicId => new Change(
                    name, state, KafkaError.None, partition, false, partition!.AdoptTopicId(state.TopicId)),
                _ => Change.Refused(name, state, error),
            };
        }
        catch (DiskError error)
        {
            replicas.TakeDirOffline(error);
            return Change.Refused(name, state, KafkaError.KafkaStorageError);
        }
    }

    private Change Become(Partition partition, PartitionState state)
    {
        var log = replicas.FindOrCreateLog(partition.Name);
        var isLeader = state.Leader == settings.Options.BrokerId;
        var done = isLeader ? partition.BecomeLeader(state, log) : partition.BecomeFollower(state, log);
        return new Change(partition.Name, state, KafkaError.None, partition, isLeader, done);
    }

    private static Change BeOffline(Partition partition, PartitionState state)
    {
        _ = partition.GoOffline();
        return Change.Refused(partition.Name, state, KafkaError.KafkaStorageError);
    }

    private void Tell(List<Change> changes)
    {
        foreach (var change in changes)
        {
            if (change.Partition is null || !change.Done.GetAwaiter().GetResult())
                continue;
            if (change.IsLeader)
                replicas.TellGained(change.Partition, change.State.LeaderEpoch);
            else if (change.State.Leader != settings.Options.BrokerId)
                replicas.TellLost(change.Name, change.State.LeaderEpoch);
        }
    }

    /// <summary>By topic id where the controller named them, else by name.</summary>
    private static LeaderAndIsrResponse Answer(List<Change> changes)
    {
        var response = new LeaderAndIsrResponse();
        var topics = new Dictionary<TopicId, LeaderAndIsrResponse.LeaderAndIsrTopicError>();
        foreach (var change in changes)
        {
            var answer = new LeaderAndIsrResponse.LeaderAndIsrPartitionError
            {
                PartitionIndex = change.Name.Partition,
                ErrorCode = change.FinalError,
            };
            if (change.State.TopicId.IsZero)
            {
                answer.TopicName = change.Name.Topic;
                response.PartitionErrors.Add(answer);
                continue;
            }
            if (!topics.TryGetValue(change.State.TopicId, out var topic))
            {
                topics.Add(
                    change.State.TopicId, topic = new LeaderAndIsrResponse.LeaderAndIsrTopicError { TopicId = change.State.TopicId });
                response.Topics.Add(topic);
            }
            topic.PartitionErrors.Add(answer);
        }
        return response;
    }

    /// <summary>One partition on its way through the request.</summary>
    private sealed record Change(
        TopicPartition Name, PartitionState State, KafkaError Error, Partition? Partition, bool IsLeader, Task<bool> Done)
    {
        /// <summary>The disk may have failed while the role changed.</summary>
        public KafkaError FinalError => Partition?.Snapshot.Leadership.Role == PartitionRole.Offline ? KafkaError.KafkaStorageError : Error;

        public static Change Refused(TopicPartition name, PartitionState state, KafkaError error)
            => new(name, state, error, null, false, Task.FromResult(false));
    }
}
