using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// The parts of a broker and what each is given: makes them over its data, starts and stops them in order. No part makes another.
/// </summary>
internal sealed class BrokerParts
{
    private static readonly TimeSpan OwnFirstWordMax = TimeSpan.FromSeconds(5);

    private readonly BrokerConfig config;
    private readonly BrokerPlatform platform;
    private readonly BrokerData data;
    private readonly ILoop coordination;
    private readonly ZnodeWatchers watchers;
    private readonly TopicStore topicStore;
    private readonly TopicConfigs topicConfigs;
    private readonly MetadataCache metadata;
    private readonly Replicas replicas;
    private readonly Membership membership;
    private readonly ClusterFeatures features;
    private readonly KafkaController controller;
    private readonly ConfigChangeApplier configChange;
    private readonly GroupOptions groupOptions;
    private readonly GroupCoordinator groups;
    private readonly TransactionParts transactions;
    private readonly BrokerClients brokerClients;
    private readonly ControllerRequestApplier requestApplier;
    private readonly ControllerAccess controllerAccess;
    /// <summary>The partitions that were found in the log dirs.</summary>
    private TopicPartition[] served = [];

    private BrokerParts(
        BrokerConfig config, BrokerPlatform platform, SocketServer sockets, BrokerData data, TopicConfigs topicConfigs,
        int offsetsPartitionCount, int transactionsPartitionCount, Action<string> fail)
    {
        (this.config, this.platform, this.data, this.topicConfigs) = (config, platform, data, topicConfigs);
        Sockets = sockets;
        coordination = platform.Loops.Create("coordination");
        watchers = new ZnodeWatchers(data.ZooKeeper, coordination);
        topicStore = new TopicStore(data.ZooKeeper);
        metadata = new MetadataCache(platform.Loops.Create("metadata"));
        brokerClients = ClientsOfBrokers();
        controllerAccess = AccessToController();
        var lease = new SessionLease(platform.Loops.Time);
        replicas = new Replicas(new ReplicasSettings
        {
            Options = data.Config.Current.ToReplicationOptions(data.Id),
            Loops = platform.Loops,
            LogDirs = data.LogDirs,
            Log = platform.Log,
            LiveBrokers = metadata,
            OtherBrokers = new OtherBrokers(new LeaderConnections(brokerClients, metadata), controllerAccess.AlterPartition),
            CleanerOf = config.LogCleanerEnable
                ? logs => new(logs, () => data.Config.Current.ToCleanerOptions(), platform.Loops, platform.Random, platform.Log)
                : null,
            MayLead = () => lease.IsHeld,
            ConfigOf = topicConfigs.Of,
            DirLost = () => coordination.Run(NotifyOfLostDir),
            LastDirLost = () => fail("the last log dir is lost"),
            LockLost = error =>
            {
                fail($"log.dirs: {error.Message}");
                // Before anything is told to the controller, which would write it down.
                data.Znodes.Abandon(error);
            },
        });
        groupOptions = config.ToGroupOptions(platform.MemoryBytes) with
        {
            MemberMetadataMaxBytes = () => data.Config.Current.MessageMaxBytes,
        };
        groups = new GroupCoordinator(groupOptions, offsetsPartitionCount, platform.Loops, platform.Log, platform.Random);
        replicas.AddListener(
            new CoordinatorLeadership(InternalTopics.ConsumerOffsets, groups, CompressionType.None, groupOptions.CommitTimeoutMs));
        features = new ClusterFeatures(data.ZooKeeper, watchers, coordination, config.InterBrokerProtocol, platform.Log, fail);
        transactions = new TransactionParts(
            data.Config, platform, brokerClients, metadata, replicas, groups, features, controllerAccess.AllocateProducerIds,
            transactionsPartitionCount);
        requestApplier = new ControllerRequestApplier(replicas, metadata, topicConfigs, groups) { LeadershipTold = lease.Confirm };
        membership = new Membership(
            data.ZooKeeper, Self(), replicas.Requests.Fence, lease, coordination, platform.Loops.Time, platform.Log, fail);
        controller = new KafkaController(new ControllerOptions
        {
            Broker = Self(),
            ZooKeeper = data.ZooKeeper,
            Watchers = watchers,
            Loop = coordination,
            Time = platform.Loops.Time,
            Random = platform.Random,
            Log = platform.Log,
            InterBrokerListener = config.Listeners.InterBrokerListenerName,
            InterBrokerProtocol = config.InterBrokerProtocol,
            ChannelTo = broker => broker.Id == Id
                ? new LocalBrokerChannel(requestApplier)
                : new RemoteBrokerChannel(broker, brokerClients, coordination),
            DeleteTopicEnable = config.DeleteTopicEnable,
            UncleanLeaderElectionEnable = () => data.Config.Current.UncleanLeaderElectionEnable,
            LeaderBalance = config.ToLeaderBalanceOptions(),
            RegisterAgain = membership.JoinAgain,
        });
        configChange = new ConfigChangeApplier(data.Id, data.Config, topicConfigs, replicas, controller, sockets)
        {
            Relisten = Relisten,
        };
    }

    public SocketServer Sockets { get; }

    public BrokerId Id => data.Id;

    public ClusterId ClusterId => data.ClusterId;

    public string ZnodesPlace => data.Znodes.Place;

    /// <summary>Reads what the parts need to know beforehand, loads the logs, and makes the parts.</summary>
    public static async Task<BrokerParts> Create(
        BrokerConfig config, BrokerPlatform platform, SocketServer sockets, BrokerData data, Action<string> fail)
    {
        var topicStore = new TopicStore(data.ZooKeeper);
        var topicConfigs = new TopicConfigs(data.Config, topicStore, platform.Log);
        await topicConfigs.ReadAll();
        await data.LogDirs.LoadOn(platform.Loops, data.Config.Current.NumRecoveryThreadsPerDataDir, topicConfigs.Of);
        var topicIds = await topicStore.TopicIds();
        UnservedFolders.Report(data.LogDirs.Logs, topicIds, platform.Log);
        var deleted = (await topicStore.TopicsMarkedForDeletion()).ToHashSet(StringComparer.Ordinal);
        var offsetsTopic = await topicStore.Topic(InternalTopics.ConsumerOffsets);
        var transactionsTopic = await topicStore.Topic(InternalTopics.TransactionState);
        return new BrokerParts(
            config, platform, sockets, data, topicConfigs, offsetsTopic?.Partitions.Count ?? config.OffsetsTopicNumPartitions,
            transactionsTopic?.Partitions.Count ?? config.TransactionStateLogNumPartitions, fail)
        {
            served = [.. UnservedFolders.Served(data.LogDirs.Logs, topicIds).Where(partition => !deleted.Contains(partition.Topic))],
        };
    }

    /// <summary>
    /// Registers, takes part in the election, and accepts connections: a controller on another broker has its first word through them.
    /// </summary>
    /// <exception cref="StartupError">Another broker has the id or an address.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task Start(CancellationToken cancellationToken)
    {
        replicas.Start();
        var session = await membership.Join(TimeSpan.FromMilliseconds(config.ZookeeperSessionTimeoutMs), watchers, cancellationToken);
        await features.Start();
        await new ConfigChanges(data.ZooKeeper, watchers, coordination, platform.Loops.Time, platform.Log, configChange.Apply).Start();
        await controller.Start(session);
        // Its own controller's first word is under way in this process, and clients that it precedes see the cluster at once.
        if (controller.IsActive)
            await metadata.WaitUntil(image => image.IsLive(Id), OwnFirstWordMax);
        Sockets.StartAccepting(ServicesOfHandlers().CreateDispatcher());
    }

    /// <summary>Done when clients can work with the broker.</summary>
    /// <inheritdoc cref="Readiness.Wait" path="/exception"/>
    public Task WaitUntilReady(Task<string> failed, CancellationToken cancellationToken)
        => new Readiness(Id, served, metadata, () => controller.ControllerId, failed, platform.Log).Wait(cancellationToken);

    /// <summary>Has others lead what this broker leads, while it still serves.</summary>
    public Task GiveUpLeaders()
        => new ControlledShutdown(controllerAccess, config, coordination, platform.Log).Run();

    /// <summary>The clients' connections end first, then the controller, then the replicas that it commands.</summary>
    public async Task Stop(TimeSpan drainTimeout)
    {
        await Sockets.Stop(drainTimeout);
        await replicas.CheckLocks();
        await LeaveCluster();
        await replicas.Stop();
    }

    /// <inheritdoc cref="BrokerServer.Kill"/>
    public async Task Kill()
    {
        await Sockets.Stop(TimeSpan.Zero);
        await LeaveCluster();
        await replicas.Abandon();
    }

    /// <inheritdoc cref="BrokerServer.Knows"/>
    public Task<bool> Knows(IReadOnlyCollection<BrokerId> brokers, TimeSpan patience)
        => metadata.WaitUntil(image => brokers.All(image.IsLive), patience);

    private async Task LeaveCluster()
    {
        await controller.Stop();
        await controllerAccess.Close();
        groups.Dispose();
        await transactions.Close();
        await data.Znodes.Close();
    }

    /// <summary>Until the controller knows, it elects no other leaders, and clients go on asking for partitions that are lost.</summary>
    private async Task NotifyOfLostDir()
    {
        if (data.Znodes.Failed.IsCompleted)
            return;
        try
        {
            await LogDirEvents.Notify(data.ZooKeeper, Id);
        }
        catch (Exception exception) when (exception is ZooKeeperFailed or DiskError)
        {
            platform.Log.Error("broker", $"the controller was not notified of the lost log dir: {exception.Message}");
        }
    }

    private BrokerInfo Self() => new()
    {
        Id = data.Id,
        Rack = config.BrokerRack,
        TransactionVersionMax = config.InterBrokerProtocol.IsAtLeast(FeatureState.FirstVersioned)
            ? TransactionVersionFeature.HighestLevel
            : (short)0,
        Endpoints = Endpoints(),
    };

    private IReadOnlyList<BrokerEndpoint> Endpoints() => [.. Sockets.AdvertisedListeners.Select(listener => new BrokerEndpoint
    {
        Listener = listener.Name,
        Host = listener.Host,
        Port = listener.Port,
        SecurityProtocol = listener.Protocol,
    })];

    /// <summary>Other listeners: once they are bound, the others of the cluster are told of those that there are then.</summary>
    private void Relisten(ListenerConfig next) => coordination.Run(async () =>
    {
        if (await Sockets.Relisten(next.OnHost(platform.HostName)))
            await membership.Advertise(Endpoints());
    });

    private BrokerClients ClientsOfBrokers() => new()
    {
        Self = Id,
        Network = platform.Network,
        Loops = platform.Loops,
        Random = platform.Random,
        Protocol = config.InterBrokerProtocol,
        InterBrokerListener = config.Listeners.InterBrokerListenerName,
        ControllerListener = config.Listeners.ControllerListenerName,
        RequestTimeout = TimeSpan.FromMilliseconds(config.RequestTimeoutMs),
        ControllerConnectTimeout = TimeSpan.FromMilliseconds(config.ControllerSocketTimeoutMs),
        LeaderConnectTimeout = TimeSpan.FromMilliseconds(config.ReplicaSocketTimeoutMs),
        AnswerMaxBytes = config.SocketRequestMaxBytes,
    };

    private ControllerAccess AccessToController()
    {
        var producerIdBlocks = new ProducerIdBlocks(data.ZooKeeper);
        return new ControllerAccess(new ControllerAccessOptions
        {
            Self = Id,
            BrokerEpoch = () => replicas.Requests.Fence.BrokerEpoch,
            Protocol = config.InterBrokerProtocol,
            ChannelOn = (clientId, loop) => new ControllerChannel(
                brokerClients, metadata, () => controller.ControllerId, () => controller, clientId, loop),
            ProducerIdsFromZooKeeper = () => producerIdBlocks.Allocate(Id),
            Loops = platform.Loops,
            Log = platform.Log,
        });
    }

    private BrokerAddresses BrokerAddresses() => new(
        new RegisteredBrokers(data.ZooKeeper), platform.Network, platform.Loops.Create("broker-addresses"), platform.Loops.Time,
        platform.Log);

    private HandlerServices ServicesOfHandlers()
    {
        var random = platform.Random;
        var creationLoop = platform.Loops.Create("topic-creation");
        var promised = new PromisedPartitions(platform.Files, Limits.Partitions(platform.MemoryBytes));
        var creation = new TopicCreation(creationLoop, topicStore, metadata, data.Config, promised, random);
        return new HandlerServices
        {
            Config = config,
            BrokerId = Id,
            ClusterId = ClusterId,
            DynamicConfig = data.Config,
            ConfigStore = new(data.ZooKeeper),
            Log = platform.Log,
            LogLevels = platform.LogLevels,
            Metadata = metadata,
            Controller = new KnownController(controller, metadata, Id),
            ControllerApi = controller,
            Features = features,
            ControllerRequests = requestApplier,
            InterBrokerAccess = new InterBrokerAccess(config, BrokerAddresses(), platform.Log),
            TopicStore = topicStore,
            TopicCreation = creation,
            PartitionAddition = new(creationLoop, topicStore, metadata, promised, random),
            AutoTopicCreation = new(creation, config, platform.Loops.Time, platform.Log),
            Replicas = replicas,
            FetchSessions = new(
                config.MaxIncrementalFetchSessionCacheSlots, Limits.FetchSessionPartitions(platform.MemoryBytes), platform.Loops.Time,
                random),
            TransactionGuards = transactions.Guards,
            TransactionPartitions = transactions.Partitions,
            MarkerWriter = transactions.MarkerWriter,
            Groups = groups,
            GroupOptions = groupOptions,
            ZooKeeperOffsets = new(data.ZooKeeper),
            ProducerIds = transactions.ProducerIds,
            Transactions = transactions.Coordinator,
        };
    }
}
