using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The controller in office, from one election to its resignation: made when won, disposed when lost, never reused. Its watches and answers
/// become events that run one after the other; each begins with asking whether it is still in office. It commands brokers, its own
/// included, only by requests.
/// </summary>
internal sealed class ActiveController : IBrokerAnswers, IDisposable
{
    private readonly ControllerOptions options;
    private readonly ControllerEvents events;
    private readonly ControllerStore store;
    private readonly ControllerContext context = new();
    private readonly BrokerChannels channels;
    private readonly RequestBatch batch;
    private readonly PartitionStates partitions;
    private readonly ReplicaStates replicas;
    private readonly TopicDeletion deletion;
    private bool isInOffice = true;

    public ActiveController(ControllerOptions options, ControllerEvents events, ElectionOutcome election)
    {
        (this.options, this.events) = (options, events);
        Epoch = election.Epoch;
        store = new ControllerStore(options.ZooKeeper, election.EpochVersion);
        channels = new BrokerChannels(options.Loop, options.Log, options.ChannelTo, this);
        batch = new RequestBatch(context, options.Broker.Id, Epoch, options.ListenerForControl);
        partitions = new PartitionStates(context, store, options, Epoch, batch, channels);
        replicas = new ReplicaStates(context, store, options.Log, Epoch, batch, channels);
        deletion = new TopicDeletion(context, store, options, partitions, replicas, batch, channels);
    }

    public ControllerEpoch Epoch { get; }

    /// <summary>
    /// Takes the cluster over. Watches are set before what they watch is read, so that nothing is missed; brokers hear who is alive before
    /// they hear whom to follow; the order is Kafka's.
    /// </summary>
    public async Task TakeOver()
    {
        await store.CreateFeature();
        options.Watchers.OnChildren(ZnodePaths.BrokerIds, () => Enqueue("BrokerChange", OnBrokerChange));
        options.Watchers.OnChildren(ZnodePaths.Topics, () => Enqueue("TopicChange", OnTopicChange));
        options.Watchers.OnChildren(ZnodePaths.DeleteTopics, () => Enqueue("TopicDeletion", OnTopicDeletion));
        options.Watchers.OnChildren(ZnodePaths.LogDirEvents, () => Enqueue("LogDirEventNotification", OnLogDirEvents));
        await store.DeleteNotifications();
        foreach (var broker in await store.ReadBrokers())
        {
            context.LiveBrokers.Add(broker.Id.Value, broker);
            channels.Add(broker);
        }
        await AddTopics(await store.WatchTopics());
        foreach (var (partition, state) in await store.ReadStates([.. context.Partitions]))
            context.SetLeadership(partition, state);
        await deletion.Start(await store.WatchTopicsToDelete());
        TellMetadata(context.LiveBrokerIds, []);
        await replicas.Start();
        await partitions.Start();
        await deletion.Resume();
        options.Log.Info(
            "controller", $"controllerEpoch={Epoch} brokers=[{string.Join(',', context.LiveBrokerIds)}] topics={context.Topics.Count}");
    }

    /// <summary>Leaves the office: drops what is queued for brokers and hears no watch any more.</summary>
    public void Dispose()
    {
        isInOffice = false;
        channels.Dispose();
        options.Watchers.ForgetChildren(ZnodePaths.BrokerIds);
        options.Watchers.ForgetChildren(ZnodePaths.Topics);
        options.Watchers.ForgetChildren(ZnodePaths.DeleteTopics);
        options.Watchers.ForgetChildren(ZnodePaths.LogDirEvents);
        foreach (var topic in context.Topics)
            options.Watchers.ForgetNode(ZnodePaths.Topic(topic));
    }

    public Task GiveUp() => store.DeleteController();

    private void Enqueue(string name, Func<Task> handle) => events.Enqueue(name, () => isInOffice ? handle() : Task.CompletedTask);

    // ---- brokers ----

    private async Task OnBrokerChange()
    {
        var change = BrokerChange.Between(context.LiveBrokers, await store.ReadBrokers());
        if (change.IsNone)
            return;
        options.Log.Info(
            "controller", $"brokers new=[{Ids(change.New)}] bounced=[{Ids(change.Bounced)}] dead=[{string.Join(',', change.Dead)}]");
        // A broker that went and came back between two looks has lost what it was told.
        var gone = change.Dead.Concat(change.Bounced.Select(broker => broker.Id)).ToArray();
        foreach (var id in gone)
            channels.Remove(id);
        foreach (var broker in change.New.Concat(change.Bounced))
            channels.Add(broker);
        foreach (var id in gone)
            context.LiveBrokers.Remove(id.Value);
        if (gone.Length > 0)
            await OnBrokersGone(gone);
        foreach (var broker in change.New.Concat(change.Bounced))
            context.LiveBrokers.Add(broker.Id.Value, broker);
        await OnBrokersCame([.. change.New.Concat(change.Bounced).Select(broker => broker.Id)]);
    }

    private async Task OnBrokersCame(IReadOnlyList<BrokerId> came)
    {
        if (came.Count == 0)
            return;
        foreach (var id in came)
            context.OfflineByStorage.Remove(id);
        TellMetadata(context.LiveBrokerIds.Except(came), []);
        TellMetadata(came, [.. context.Leaderships.Select(entry => entry.Key)]);
        var theirs = came.SelectMany(context.ReplicasOn).ToArray();
        replicas.ToOnline(
            theirs.Where(replica => context.StateOf(replica) is not (ReplicaState.DeletionStarted or ReplicaState.DeletionSuccessful)));
        await partitions.BringOnline();
        var waiting = theirs.Select(
            replica => replica.Partition.Topic).Where(context.IsToBeDeleted).Distinct(StringComparer.Ordinal).ToArray();
        if (waiting.Length > 0)
            await deletion.Retry(waiting);
    }

    private Task OnBrokersGone(IReadOnlyList<BrokerId> gone)
    {
        foreach (var id in gone)
            context.OfflineByStorage.Remove(id);
        return OnReplicasOffline([.. gone.SelectMany(context.ReplicasOn)]);
    }

    /// <summary>The answers say which replicas are lost.</summary>
    private async Task OnLogDirEvents()
    {
        foreach (var broker in await store.TakeLogDirEvents())
        {
            if (context.IsLive(broker))
                replicas.ToOnline(context.ReplicasOn(broker).Where(replica => context.StateOf(replica) == ReplicaState.Online));
        }
    }

    private async Task OnReplicasOffline(IReadOnlyList<Replica> offline)
    {
        var leaderless = context.PartitionsWithOfflineLeader();
        partitions.ToOffline(leaderless);
        await partitions.BringOnline();
        await replicas.ToOffline([.. offline.Where(replica => !context.IsToBeDeleted(replica.Partition.Topic))]);
        await deletion.Failed([.. offline.Where(replica => context.IsToBeDeleted(replica.Partition.Topic))]);
        // Without a new leader nobody was told yet that a broker is gone.
        if (leaderless.Count == 0)
            TellMetadata(context.LiveBrokerIds, []);
    }

    // ---- topics ----

    private async Task OnTopicChange()
    {
        var names = await store.WatchTopics();
        foreach (var deleted in context.Topics.Except(names, StringComparer.Ordinal).ToArray())
        {
            options.Watchers.ForgetNode(ZnodePaths.Topic(deleted));
            context.RemoveTopic(deleted);
        }
        await Create(await AddTopics([.. names.Where(name => !context.HasTopic(name))]));
    }

    /// <summary>Takes topics into the context, watched, each with an id. The partitions added.</summary>
    private async Task<IReadOnlyList<TopicPartition>> AddTopics(IReadOnlyList<string> topics)
    {
        foreach (var topic in topics)
            options.Watchers.OnNode(ZnodePaths.Topic(topic), _ => Enqueue("PartitionModifications", () => OnPartitionModifications(topic)));
        var added = new List<TopicPartition>();
        foreach (var (topic, assignment) in await store.WatchAssignments(topics))
        {
            context.AddTopic(topic);
            // A tool of before topic ids wrote it. KIP-516.
            var isIdMissing = assignment.TopicId.IsZero;
            context.TopicIds[topic] = isIdMissing ? TopicId.Create(options.Random) : assignment.TopicId;
            added.AddRange(Take(topic, assignment));
            if (isIdMissing)
                await store.SetTopic(topic, context.TopicOf(topic));
        }
        return added;
    }

    private List<TopicPartition> Take(string topic, TopicAssignment assignment)
    {
        var added = new List<TopicPartition>();
        foreach (var (number, replicaAssignment) in assignment.Partitions)
        {
            var partition = new TopicPartition(topic, number);
            if (context.AssignmentOf(partition) is not null)
                continue;
            context.SetAssignment(partition, replicaAssignment);
            added.Add(partition);
        }
        return added;
    }

    private async Task Create(IReadOnlyList<TopicPartition> added)
    {
        if (added.Count == 0)
            return;
        partitions.ToNew(added);
        var theirs = added.SelectMany(context.ReplicasOf).ToArray();
        replicas.ToNew(theirs);
        await partitions.ToOnline(added);
        replicas.ToOnline(theirs);
    }

    private async Task OnPartitionModifications(string topic)
    {
        if (await store.WatchAssignments([topic]) is not [var (_, assignment)] || !context.HasTopic(topic))
            return;
        var hasMore = assignment.Partitions.Keys.Any(number => context.AssignmentOf(new TopicPartition(topic, number)) is null);
        if (hasMore && context.IsToBeDeleted(topic))
        {
            options.Log.Warn("controller", $"topic={topic} is being deleted: added partitions dropped");
            await store.SetTopic(topic, context.TopicOf(topic));
        }
        else if (hasMore)
        {
            await Create(Take(topic, assignment));
        }
    }

    private async Task OnTopicDeletion() => await deletion.Enqueue(await store.WatchTopicsToDelete());

    // ---- answers ----

    void IBrokerAnswers.OnLeaderAndIsr(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response)
        => Enqueue("LeaderAndIsrResponseReceived", () => OnLeaderAndIsrAnswer(broker, request, response));

    void IBrokerAnswers.OnUpdateMetadata(BrokerId broker, UpdateMetadataRequest request, UpdateMetadataResponse response)
    {
        if (response.ErrorCode != KafkaError.None)
            options.Log.Warn("controller", $"broker={broker} refused UpdateMetadata: {response.ErrorCode}");
    }

    void IBrokerAnswers.OnStopReplica(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response)
        => Enqueue("StopReplicaResponseReceived", () => OnStopReplicaAnswer(broker, request, response));

    /// <summary>Which of a broker's replicas are on a log dir that failed: told by error 56, taken back by its absence.</summary>
    private async Task OnLeaderAndIsrAnswer(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response)
    {
        if (response.ErrorCode != KafkaError.None)
        {
            options.Log.Warn("controller", $"broker={broker} refused LeaderAndIsr: {response.ErrorCode}");
            return;
        }
        if (!context.IsLive(broker))
            return;
        var names = request.TopicStates.ToDictionary(topic => topic.TopicId, topic => topic.TopicName);
        if (!context.OfflineByStorage.TryGetValue(broker, out var offline))
            context.OfflineByStorage.Add(broker, offline = []);
        var fresh = new List<Replica>();
        foreach (var topic in response.Topics)
        {
            foreach (var answer in topic.PartitionErrors)
            {
                if (!names.TryGetValue(topic.TopicId, out var name))
                    continue;
                var partition = new TopicPartition(name, answer.PartitionIndex);
                if (answer.ErrorCode == KafkaError.None)
                    offline.Remove(partition);
                else if (answer.ErrorCode == KafkaError.KafkaStorageError
                && context.AssignmentOf(partition) is not null && offline.Add(partition))
                    fresh.Add(new Replica(partition, broker));
            }
        }
        if (fresh.Count > 0)
        {
            options.Log.Warn("controller", $"broker={broker} has {fresh.Count} replicas on a log dir that failed");
            await OnReplicasOffline(fresh);
        }
    }

    private async Task OnStopReplicaAnswer(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response)
    {
        var errors = response.PartitionErrors.ToDictionary(
            error => new TopicPartition(error.TopicName, error.PartitionIndex), error => error.ErrorCode);
        var asked = request.TopicStates.SelectMany(topic => topic.PartitionStates.Where(state => state.DeletePartition)
            .Select(state => new Replica(new TopicPartition(topic.TopicName, state.PartitionIndex), broker)))
            .Where(replica => context.StateOf(replica) == ReplicaState.DeletionStarted).ToArray();
        if (asked.Length == 0)
            return;
        var failed = asked.Where(replica => response.ErrorCode != KafkaError.None
            || errors.GetValueOrDefault(replica.Partition) != KafkaError.None).ToArray();
        await deletion.Failed(failed);
        await deletion.Succeeded([.. asked.Except(failed).Where(replica => context.StateOf(replica) == ReplicaState.DeletionStarted)]);
    }

    private void TellMetadata(IEnumerable<BrokerId> brokers, IReadOnlyList<TopicPartition> about)
    {
        batch.AddUpdateMetadata(brokers, about);
        channels.Send(batch.Take());
    }

    private static string Ids(IEnumerable<LiveBroker> brokers) => string.Join(',', brokers.Select(broker => broker.Id));
}
