using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The controller from its election to its resignation; made anew for each election. Owns the parts that handle the kinds of events, and
/// the order of their work: its watches and the answers of brokers become events that run one after the other, and that are dropped once it
/// has resigned. It commands brokers, its own included, only by requests. Owned by the coordination loop.
/// </summary>
internal sealed class ActiveController : IBrokerAnswers
{
    private readonly ControllerOptions options;
    private readonly ControllerEvents events;
    private readonly ControllerStore store;
    private readonly ControllerContext context;
    private readonly BrokerChannels channels;
    private readonly RequestBatch batch;
    private readonly PartitionStateMachine partitions;
    private readonly ReplicaStateMachine replicas;
    private readonly TopicDeletion topicDeletion;
    private readonly TopicChanges topicChanges;
    private readonly BrokerMembership brokerMembership;
    private readonly LogDirFailures logDirFailures;
    private readonly LeaderElections leaderElections;
    private readonly Reassignments reassignments;
    private readonly IsrNotifications isrNotifications;
    private readonly IsrChanges isrChanges;
    private readonly LeaderAndIsrAnswers leaderAndIsrAnswers;
    private readonly StopReplicaAnswers stopReplicaAnswers;
    private readonly ControlledShutdowns controlledShutdowns;
    private readonly ProducerIdBlocks producerIdBlocks;
    private readonly FeatureUpdates featureUpdates;
    private IDisposable? balance;
    private bool hasResigned;

    public ActiveController(ControllerOptions options, ControllerEvents events, ElectionOutcome election)
    {
        Invariant.Holds(options.Loop.IsCurrent);
        (this.options, this.events) = (options, events);
        Epoch = election.Epoch;
        var (log, controller) = (options.Log, new ControllerIdentity(options.Broker.Id, election.Epoch));
        var writes = new EpochGuardedWrites(options.ZooKeeper, election.EpochZkVersion);
        store = new ControllerStore(options.ZooKeeper, writes);
        context = new ControllerContext(options.Loop);
        channels = new BrokerChannels(options.Loop, log, options.ChannelTo, this);
        batch = new RequestBatch(context, channels, controller, options.InterBrokerListener);
        var states = new PartitionStateZnodes(options.ZooKeeper, writes);
        var leaderElection = new PartitionLeaderElection(
            context, states, options.ZooKeeper, controller, options.UncleanLeaderElectionEnable,
            options.InterBrokerProtocol.IsAtLeast("3.2-IV0"), log);
        partitions = new PartitionStateMachine(context, states, leaderElection, controller, batch, log);
        replicas = new ReplicaStateMachine(context, new IsrRemoval(states, controller, log), batch, log);
        topicDeletion = new TopicDeletion(context, store, options, partitions, replicas, batch);
        topicChanges = new TopicChanges(context, store, states, options, partitions, replicas, Enqueue);
        var offlineReplicas = new OfflineReplicas(context, partitions, replicas, topicDeletion, batch);
        var reassignmentFlow = new ReassignmentFlow(context, store, states, partitions, replicas, topicDeletion, batch, log);
        reassignments = new Reassignments(context, store, reassignmentFlow, log);
        isrNotifications = new IsrNotifications(context, store, states, batch, reassignments);
        leaderElections = new LeaderElections(context, store, partitions, options);
        brokerMembership = new BrokerMembership(
            context, store, channels, batch, partitions, replicas, reassignments, topicDeletion, offlineReplicas, options.Watchers,
            Enqueue, log);
        logDirFailures = new LogDirFailures(context, store, replicas);
        leaderAndIsrAnswers = new LeaderAndIsrAnswers(context, offlineReplicas, log);
        stopReplicaAnswers = new StopReplicaAnswers(context, topicDeletion, log);
        isrChanges = new IsrChanges(context, states, controller, batch, OnIsrChanged, log);
        controlledShutdowns = new ControlledShutdowns(context, batch, partitions, replicas, log);
        producerIdBlocks = new ProducerIdBlocks(options.ZooKeeper);
        featureUpdates = new FeatureUpdates(context, store, log);
    }

    public ControllerEpoch Epoch { get; }

    /// <summary>
    /// Takes the cluster over, in Kafka's order. Watches are set before what they watch is read, so that nothing is missed; brokers learn
    /// who is live before they learn whom to follow.
    /// </summary>
    public async Task TakeOver()
    {
        Invariant.Holds(options.Loop.IsCurrent);
        await store.SetFeature(options.InterBrokerProtocol);
        OnChildren(ZnodePaths.BrokerIds, "BrokerChange", brokerMembership.OnBrokerChange);
        OnChildren(ZnodePaths.Topics, "TopicChange", topicChanges.OnTopicChange);
        OnChildren(ZnodePaths.DeleteTopics, "TopicDeletion", topicDeletion.OnTopicDeletion);
        OnChildren(ZnodePaths.LogDirEvents, "LogDirEventNotification", logDirFailures.OnLogDirEvents);
        OnChildren(ZnodePaths.IsrChangeNotifications, "IsrChangeNotification", isrNotifications.OnIsrChanges);
        OnNode(ZnodePaths.PreferredElection, "ReplicaLeaderElection", leaderElections.OnPreferredElection);
        OnNode(ZnodePaths.ReassignPartitions, "ZkPartitionReassignment", reassignments.OnZnode);
        await store.DeleteNotifications();
        await brokerMembership.Load();
        await topicChanges.Load();
        await topicDeletion.Load();
        batch.AddUpdateMetadata(context.Brokers.Ids, []);
        batch.Send();
        await replicas.Start();
        await partitions.Start();
        await reassignments.Resume();
        await topicDeletion.Resume();
        await leaderElections.OnPreferredElection();
        if (options.LeaderBalance is not null)
            ScheduleBalance(LeaderBalanceOptions.FirstDelay);
        options.Log.Info(
            "controller", $"controllerEpoch={Epoch} brokers=[{string.Join(',', context.Brokers.Ids)}] topics={context.Topics.Count}");
    }

    /// <summary>Forgets its watches, closes the channels and drops what is queued for brokers.</summary>
    public void Resign()
    {
        Invariant.Holds(options.Loop.IsCurrent);
        hasResigned = true;
        balance?.Dispose();
        channels.Dispose();
        options.Watchers.ForgetChildren(ZnodePaths.BrokerIds);
        options.Watchers.ForgetChildren(ZnodePaths.Topics);
        options.Watchers.ForgetChildren(ZnodePaths.DeleteTopics);
        options.Watchers.ForgetChildren(ZnodePaths.LogDirEvents);
        options.Watchers.ForgetChildren(ZnodePaths.IsrChangeNotifications);
        options.Watchers.ForgetNode(ZnodePaths.PreferredElection);
        options.Watchers.ForgetNode(ZnodePaths.ReassignPartitions);
        foreach (var broker in context.Brokers.Ids)
            options.Watchers.ForgetNode(ZnodePaths.Broker(broker));
        foreach (var topic in context.Topics)
            options.Watchers.ForgetNode(ZnodePaths.Topic(topic));
    }

    /// <inheritdoc cref="LeaderElections.Elect"/>
    public Task<IReadOnlyDictionary<TopicPartition, ElectionResult>> ElectLeaders(
        IReadOnlyCollection<TopicPartition> asked, ElectionType type)
        => leaderElections.Elect(asked, type);

    /// <inheritdoc cref="Reassignments.Alter"/>
    public Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>> AlterReassignments(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> asked, bool mayChangeReplicationFactor)
        => reassignments.Alter(asked, mayChangeReplicationFactor);

    /// <inheritdoc cref="Reassignments.List"/>
    public IReadOnlyDictionary<TopicPartition, ReplicaAssignment> ListReassignments(IEnumerable<TopicPartition>? named)
        => reassignments.List(named);

    /// <inheritdoc cref="FeatureUpdates.Update"/>
    public Task<IReadOnlyList<string?>> UpdateFeatures(IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly)
        => featureUpdates.Update(updates, allOrNothing, isValidateOnly);

    /// <summary>
    /// Unclean elections are allowed now, for a topic or for all that do not say for themselves (null): partitions without a leader may get
    /// one.
    /// </summary>
    public Task OnUncleanLeaderElectionEnabled(string? topic)
        => topic is null ? partitions.BringOnline() : partitions.BringOnline(topic);

    /// <summary>Deletes <c>/controller</c> unless another broker is controller by now, so that another election follows.</summary>
    public Task DeleteController() => store.DeleteController();

    /// <inheritdoc cref="IControllerApi.AlterPartition"/>
    public Task<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request) => isrChanges.Handle(request);

    /// <inheritdoc cref="IControllerApi.ControlledShutdown"/>
    public Task<ControlledShutdownResponse> ControlledShutdown(ControlledShutdownRequest request) => controlledShutdowns.Handle(request);

    /// <inheritdoc cref="IControllerApi.AllocateProducerIds"/>
    public async Task<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request)
    {
        if (context.Brokers.Find(new BrokerId(request.BrokerId)) is not { } broker)
            return new AllocateProducerIdsResponse { ErrorCode = KafkaError.BrokerIdNotRegistered };
        if (broker.Epoch.Value != request.BrokerEpoch)
            return new AllocateProducerIdsResponse { ErrorCode = KafkaError.StaleBrokerEpoch };
        return await producerIdBlocks.Allocate(broker.Id) is { } block
            ? new AllocateProducerIdsResponse { ProducerIdStart = block.FirstProducerId, ProducerIdLen = ProducerIdBlock.Size }
            : new AllocateProducerIdsResponse { ErrorCode = KafkaError.UnknownServerError };
    }

    void IBrokerAnswers.OnLeaderAndIsr(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response)
        => Enqueue("LeaderAndIsrResponseReceived", () => leaderAndIsrAnswers.Handle(broker, request, response));

    void IBrokerAnswers.OnUpdateMetadata(BrokerId broker, UpdateMetadataRequest request, UpdateMetadataResponse response)
    {
        if (response.ErrorCode != KafkaError.None)
            options.Log.Warn("controller", $"broker={broker} refused UpdateMetadata: {response.ErrorCode}");
    }

    void IBrokerAnswers.OnStopReplica(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response)
        => Enqueue("StopReplicaResponseReceived", () => stopReplicaAnswers.Handle(broker, request, response));

    /// <summary>What the change may end goes on behind the answer to whoever made it.</summary>
    private void OnIsrChanged(TopicPartition partition)
    {
        if (context.IsBeingReassigned(partition))
            Enqueue("PartitionReassignmentIsrChange", () => reassignments.OnIsrChanged(partition));
    }

    private void OnChildren(string path, string eventName, Func<Task> handle)
        => options.Watchers.OnChildren(path, () => Enqueue(eventName, handle));

    private void OnNode(string path, string eventName, Func<Task> handle)
        => options.Watchers.OnNode(path, _ => Enqueue(eventName, handle));

    private void ScheduleBalance(TimeSpan delay) => balance = options.Loop.Schedule(
        delay, () => Enqueue("AutoPreferredReplicaLeaderElection", async () =>
        {
            try
            {
                await leaderElections.Balance();
            }
            finally
            {
                ScheduleBalance(options.LeaderBalance!.CheckInterval);
            }
        }));

    private void Enqueue(string name, Func<Task> handle) => events.Enqueue(name, () => hasResigned ? Task.CompletedTask : handle());
}
