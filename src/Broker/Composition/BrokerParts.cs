using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// The parts of a broker and what each is given: makes them over its data, starts and stops them in order. No part makes another.
/// </summary>
internal sealed class BrokerParts
{
    private static readonly TimeSpan FirstMetadataTimeout = TimeSpan.FromSeconds(30);
    /// <summary>Without one more leader in so long, those that are missing are not waited for.</summary>
    private static readonly TimeSpan NextLeaderTimeout = TimeSpan.FromSeconds(30);

    private readonly BrokerConfig config;
    private readonly BrokerPlatform platform;
    private readonly BrokerData data;
    private readonly ILoop coordination;
    private readonly ZnodeWatchers watchers;
    private readonly TopicStore topicStore;
    private readonly TopicConfigs topicConfigs;
    private readonly MetadataCache metadata;
    private readonly Replicas replicas;
    private readonly KafkaController controller;
    private readonly GroupCoordinator groups;
    private readonly BrokerClients brokerClients;
    private readonly ControllerRequestApplier requestApplier;
    private readonly ControllerAccess controllerAccess;
    /// <summary>The partitions that were found in the log dirs.</summary>
    private TopicPartition[] served = [];

    private BrokerParts(
        BrokerConfig config, BrokerPlatform platform, SocketServer sockets, BrokerData data, TopicConfigs topicConfigs,
        int offsetsPartitionCount, Action<string> fail)
    {
        (this.config, this.platform, this.data, this.topicConfigs) = (config, platform, data, topicConfigs);
        Sockets = sockets;
        coordination = platform.Loops.Create("coordination");
        watchers = new ZnodeWatchers(data.Session, coordination);
        topicStore = new TopicStore(data.Session);
        metadata = new MetadataCache(platform.Loops.Create("metadata"));
        replicas = new Replicas(new ReplicasSettings
        {
            Options = config.ToReplicationOptions(data.Id),
            Loops = platform.Loops,
            LogDirs = data.LogDirs,
            Log = platform.Log,
            LiveBrokers = metadata,
            ConfigOf = topicConfigs.Of,
            DirLost = () => coordination.Run(NotifyOfLostDir),
            LastDirLost = () => fail("the last log dir is lost"),
            LockLost = error =>
            {
                fail($"log.dirs: {error.Message}");
                // Before anything is told to the controller, which would write it down.
                data.Store.Abandon(error);
            },
        });
        var groupOptions = config.ToGroupOptions(platform.MemoryBytes);
        groups = new GroupCoordinator(groupOptions, offsetsPartitionCount, platform.Loops, platform.Log, platform.Random);
        replicas.AddListener(new GroupLeadership(groups, CompressionType.None, groupOptions));
        brokerClients = ClientsOfBrokers();
        requestApplier = new ControllerRequestApplier(replicas, metadata, topicConfigs, groups);
        controller = new KafkaController(new ControllerOptions
        {
            Broker = Self(),
            ZooKeeper = data.Session,
            Watchers = watchers,
            Loop = coordination,
            Time = platform.Loops.Time,
            Random = platform.Random,
            Log = platform.Log,
            InterBrokerListener = config.Listeners.InterBrokerListenerName,
            InterBrokerProtocol = config.InterBrokerProtocol,
            ChannelTo = broker => broker.Id == Id
                ? new LocalBrokerChannel(requestApplier)
                : RemoteBrokerChannel.To(broker, brokerClients, coordination),
            DeleteTopicEnable = config.DeleteTopicEnable,
            UncleanLeaderElectionEnable = config.UncleanLeaderElectionEnable,
        });
        controllerAccess = AccessToController();
    }

    public SocketServer Sockets { get; }

    public BrokerId Id => data.Id;

    public ClusterId ClusterId => data.ClusterId;

    /// <summary>Reads what the parts need to know beforehand, loads the logs, and makes the parts.</summary>
    public static async Task<BrokerParts> Create(
        BrokerConfig config, BrokerPlatform platform, SocketServer sockets, BrokerData data, Action<string> fail)
    {
        var topicStore = new TopicStore(data.Session);
        var topicConfigs = new TopicConfigs(config, topicStore, platform.Log);
        await topicConfigs.ReadAll();
        data.LogDirs.Load(topicConfigs.Of);
        var topicIds = await topicStore.TopicIds();
        UnservedFolders.Report(data.LogDirs.Logs, topicIds, platform.Log);
        var deleted = (await topicStore.TopicsMarkedForDeletion()).ToHashSet(StringComparer.Ordinal);
        var offsetsTopic = await topicStore.Topic(InternalTopics.ConsumerOffsets);
        return new BrokerParts(
            config, platform, sockets, data, topicConfigs, offsetsTopic?.Partitions.Count ?? config.OffsetsTopicNumPartitions, fail)
        {
            served = [.. UnservedFolders.Served(data.LogDirs.Logs, topicIds).Where(partition => !deleted.Contains(partition.Topic))],
        };
    }

    /// <summary>
    /// Registers, takes part in the election, and serves clients once the controller has sent this broker the cluster's metadata.
    /// </summary>
    public async Task Start()
    {
        replicas.Start();
        await Register();
        await new ConfigChanges(data.Session, watchers, coordination, platform.Loops.Time, platform.Log, UpdateTopicConfig).Start();
        await controller.Start();
        if (!await metadata.WaitUntil(image => image.IsLive(Id), FirstMetadataTimeout))
            throw new StartupError("the controller did not take this broker in; the log says why");
        await WaitForLeaders();
        Sockets.StartAccepting(ServicesOfHandlers().CreateDispatcher());
    }

    /// <summary>
    /// A client that comes as soon as the broker serves finds its partitions; where one gets no leader, the others are not kept waiting.
    /// </summary>
    private async Task WaitForLeaders()
    {
        var without = served;
        while (without.Length > 0)
        {
            var missing = without;
            if (await metadata.WaitUntil(image => missing.All(partition => HasLeader(image, partition)), NextLeaderTimeout))
                return;
            without = [.. missing.Where(partition => !HasLeader(metadata.Image, partition))];
            if (without.Length < missing.Length)
                continue;
            platform.Log.Warn("broker", $"serving though partitions={without.Length} have no leader yet, among them {without[0]}");
            return;
        }
    }

    private static bool HasLeader(MetadataImage image, TopicPartition partition)
        => image.TryGetPartition(partition, out var known) && known.Leader.Value >= 0;

    /// <summary>The clients' connections end first, then the controller, then the replicas that it commands.</summary>
    public async Task Stop(TimeSpan drainTimeout)
    {
        await Sockets.Stop(drainTimeout);
        await replicas.CheckLocks();
        await controller.Stop();
        await controllerAccess.Close();
        groups.Dispose();
        await CloseSession();
        await data.Store.Close();
        await replicas.Stop();
    }

    /// <summary>A store that cannot be written does not keep the logs from being flushed; its next open ends the session.</summary>
    private async Task CloseSession()
    {
        if (data.Store.Failed.IsCompleted)
            return;
        try
        {
            await data.Session.Close();
        }
        catch (DiskError error)
        {
            platform.Log.Error("broker", $"the session was not closed in the embedded store: {error.Message}");
        }
    }

    /// <summary>Until the controller knows, it elects no other leaders, and clients go on asking for partitions that are lost.</summary>
    private async Task NotifyOfLostDir()
    {
        if (data.Store.Failed.IsCompleted)
            return;
        try
        {
            await LogDirEvents.Notify(data.Session, Id);
        }
        catch (Exception exception) when (exception is ZooKeeperFailed or DiskError)
        {
            platform.Log.Error("broker", $"the controller was not notified of the lost log dir: {exception.Message}");
        }
    }

    private async Task Register()
    {
        var outcome = await new BrokerRegistration(data.Session, platform.Loops.Time).Register(Self());
        if (!outcome.IsRegistered)
            throw new StartupError($"broker.id={Id}: {outcome.Refusal}");
        replicas.Requests.Fence.Register(outcome.Epoch);
    }

    private void UpdateTopicConfig(string topic, IReadOnlyDictionary<string, string> stored)
        => replicas.UpdateConfig(topic, topicConfigs.Put(topic, stored));

    private BrokerInfo Self() => new()
    {
        Id = data.Id,
        Rack = config.BrokerRack,
        Endpoints = [.. Sockets.AdvertisedListeners.Select(listener => new BrokerEndpoint
        {
            Listener = listener.Name,
            Host = listener.Host,
            Port = listener.Port,
            SecurityProtocol = listener.Protocol,
        })],
    };

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
        var producerIdBlocks = new ProducerIdBlocks(data.Session);
        return new ControllerAccess(new ControllerAccessOptions
        {
            Self = Id,
            BrokerEpoch = () => replicas.Requests.Fence.BrokerEpoch,
            Protocol = config.InterBrokerProtocol,
            ChannelOn = (clientId, loop) => new ControllerChannel(
                brokerClients, metadata, () => controller.ControllerId, controller, clientId, loop),
            ProducerIdsFromZooKeeper = () => producerIdBlocks.Allocate(Id),
            Loops = platform.Loops,
            Log = platform.Log,
        });
    }

    private BrokerAddresses BrokerAddresses() => new(
        new RegisteredBrokers(data.Session), platform.Network, platform.Loops.Create("broker-addresses"), platform.Loops.Time,
        platform.Log);

    private HandlerServices ServicesOfHandlers()
    {
        var random = platform.Random;
        var creationLoop = platform.Loops.Create("topic-creation");
        var promised = new PromisedPartitions(platform.Files);
        var creation = new TopicCreation(creationLoop, topicStore, metadata, config, promised, random);
        return new HandlerServices
        {
            Config = config,
            BrokerId = Id,
            ClusterId = ClusterId,
            Log = platform.Log,
            Metadata = metadata,
            Controller = controller,
            ControllerApi = controller,
            ControllerRequests = requestApplier,
            InterBrokerAccess = new(config, BrokerAddresses(), platform.Log),
            TopicStore = topicStore,
            TopicCreation = creation,
            PartitionAddition = new(creationLoop, topicStore, metadata, promised, random),
            AutoTopicCreation = new(creation, config, platform.Loops.Time, platform.Log),
            Replicas = replicas,
            FetchSessions = new(
                config.MaxIncrementalFetchSessionCacheSlots, Limits.FetchSessionPartitions(platform.MemoryBytes), platform.Loops.Time,
                random),
            Groups = groups,
            GroupOptions = config.ToGroupOptions(platform.MemoryBytes),
            ZooKeeperOffsets = new(data.Session),
            ProducerIds = new(platform.Loops.Create("producer-ids"), controllerAccess.AllocateProducerIds, platform.Log),
        };
    }
}
