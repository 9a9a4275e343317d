using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Applies one LeaderAndIsr request: fences, logs, roles, and then the news to fetchers and coordinators. All partitions change at the same
/// time, each on its own loop; the answer waits for all of them. Runs on the replicas' loop, in turn.
/// </summary>
internal sealed class LeaderAndIsrApplier(
    BrokerId self,
    ControllerFence fence,
    HostedPartitions partitions,
    ReplicaLogs logs,
    RefusedPartitions refusedPartitions,
    LeadershipListeners listeners,
    ReplicaFetchers? fetchers,
    LogDirMoves moves,
    ILog log)
{
    public async Task<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request)
    {
        var refused = fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (refused != KafkaError.None)
        {
            log.Warn("replicas", $"LeaderAndIsr controller={request.ControllerId} controllerEpoch={request.ControllerEpoch} "
                + $"brokerEpoch={request.BrokerEpoch} refused: {refused}");
            return new LeaderAndIsrResponse { ErrorCode = refused };
        }
        var changes = Begin(request);
        var outcomes = await changes.Select(static change => change.Done).InOrder();
        for (var index = 0; index < changes.Count; index++)
            End(changes[index], outcomes[index]);
        foreach (var change in changes)
            Tell(change);
        fetchers?.StopIdle();
        return Answer(changes);
    }

    private List<Change> Begin(LeaderAndIsrRequest request)
    {
        var changes = new List<Change>();
        foreach (var topic in request.TopicStates)
        {
            foreach (var state in topic.PartitionStates)
                changes.Add(Begin(new TopicPartition(topic.TopicName, state.PartitionIndex), LeaderAndIsrState.From(topic.TopicId, state)));
        }
        foreach (var state in request.UngroupedPartitionStates)
            changes.Add(Begin(new TopicPartition(state.TopicName, state.PartitionIndex), LeaderAndIsrState.From(TopicId.Zero, state)));
        return changes;
    }

    private Change Begin(TopicPartition name, LeaderAndIsrState state)
    {
        var change = new Change(name, state);
        if (!TopicName.IsValid(name.Topic) || name.Partition < 0)
        {
            Refuse(change, KafkaError.InvalidTopicException, "no partition may have this name");
            return change;
        }
        var known = partitions.Find(name);
        var verdict = LeaderAndIsrCheck.Decide(self, known?.Snapshot.Leadership, logs.TopicIdOf(name), state);
        if (verdict.Decision == LeaderAndIsrDecision.Apply)
            Become(change);
        else if (verdict.Decision == LeaderAndIsrDecision.AdoptTopicId)
            change.Done = known!.AdoptTopicId(state.TopicId);
        else
            Refuse(change, verdict.Error, verdict.Reason);
        // Without a role nobody would be told why the partition is not served.
        if (verdict.Error == KafkaError.InconsistentTopicId && known is null)
            partitions.FindOrAdd(name).RefuseFolder();
        return change;
    }

    private void Become(Change change)
    {
        var partition = partitions.FindOrAdd(change.Name);
        var unavailable = logs.WhyUnavailable(change.Name, change.State.IsNew);
        var partitionLog = unavailable is null ? logs.FindOrCreate(change.Name, change.State.IsNew) : null;
        if (partitionLog is null)
        {
            partition.GoOffline();
            Refuse(change, KafkaError.KafkaStorageError, unavailable ?? "its log could not be made, because the disk failed");
            return;
        }
        change.Partition = partition;
        change.Done = change.State.Leader == self
            ? partition.BecomeLeader(change.State, partitionLog)
            : partition.BecomeFollower(change.State, partitionLog);
    }

    private void End(Change change, RoleChange outcome)
    {
        if (change.Error != KafkaError.None)
            return;
        if (outcome == RoleChange.LogDirOffline)
            Refuse(change, KafkaError.KafkaStorageError, "its log dir has failed");
        else
            refusedPartitions.Remove(change.Name);
        // A decision with an older partition epoch is passed over and answered as if it had been carried out, as Kafka does.
        change.HasNewRole = change.Partition is not null && outcome == RoleChange.Done;
    }

    private void Refuse(Change change, KafkaError error, string? reason)
    {
        change.Error = error;
        if (reason is not null)
            refusedPartitions.Add(change.Name, error == KafkaError.StaleControllerEpoch ? LogLevel.Warn : LogLevel.Error, reason);
    }

    private void Tell(Change change)
    {
        if (!change.HasNewRole)
            return;
        // What the leader of before may still answer is not taken, because the partition has another role by now.
        fetchers?.Remove(change.Name);
        moves.Resume(change.Partition!);
        if (change.State.Leader == self)
            listeners.TellGained(change.Partition!, change.State.LeaderEpoch);
        else
        {
            listeners.TellLost(change.Name, change.State.LeaderEpoch);
            // Whether the leader is live is the connection's business: one that is not known yet may be soon.
            if (change.State.Leader != BrokerId.None)
                fetchers?.Add(change.Partition!, change.State.Leader, change.State.LeaderEpoch);
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
                ErrorCode = change.Error,
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
    private sealed class Change(TopicPartition name, LeaderAndIsrState state)
    {
        public TopicPartition Name => name;
        public LeaderAndIsrState State => state;
        /// <summary>Set when the partition is to take a role.</summary>
        public Partition? Partition { get; set; }
        public Task<RoleChange> Done { get; set; } = Task.FromResult(RoleChange.Done);
        public KafkaError Error { get; set; }
        public bool HasNewRole { get; set; }
    }
}
