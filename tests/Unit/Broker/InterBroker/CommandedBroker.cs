using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Tests.Unit.Controller;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

/// <summary>What a controller's request reaches of broker 1, over a simulated disk and an embedded store.</summary>
internal sealed class CommandedBroker
{
    public CommandedBroker()
    {
        var (world, config) = (Cluster.World, BrokerConfig.Parse(new Dictionary<string, string>()));
        ZooKeeper = new InterposedZooKeeper(Cluster.Admin);
        TopicConfigs = new TopicConfigs(new DynamicBrokerConfig(config, NoLog.Instance), new TopicStore(ZooKeeper), NoLog.Instance);
        LogDirs = LogDirs.Open(
            new LogDirsOptions { Paths = ["/data"], Disk = world.Disk, Time = world.Loops.Time, Random = world.NewRandom() });
        LogDirs.Claim(new BrokerId(1), "cluster");
        LogDirs.Load(TopicConfigs.Of);
        Metadata = new MetadataCache(world.Loops.Create("metadata"));
        Replicas = new Replicas(new ReplicasSettings
        {
            Options = config.ToReplicationOptions(new BrokerId(1)),
            Loops = world.Loops,
            LogDirs = LogDirs,
            Log = NoLog.Instance,
            LiveBrokers = Metadata,
            ConfigOf = TopicConfigs.Of,
            DirLost = () => { },
            LastDirLost = () => { },
            LockLost = _ => { },
        });
        var groups = new GroupCoordinator(config.ToGroupOptions(1L << 30), 1, world.Loops, NoLog.Instance, world.NewRandom());
        Applier = new ControllerRequestApplier(Replicas, Metadata, TopicConfigs, groups);
    }

    public ClusterFixture Cluster { get; } = new();
    public InterposedZooKeeper ZooKeeper { get; }
    public TopicConfigs TopicConfigs { get; }
    public LogDirs LogDirs { get; }
    public MetadataCache Metadata { get; }
    public Replicas Replicas { get; }
    public ControllerRequestApplier Applier { get; }

    /// <summary>A topic in ZooKeeper that keeps records for so long.</summary>
    public void CreateTopic(string topic, string retentionMs) => Cluster.Ask(() => Cluster.Topics.Create(
        topic, ClusterFixture.Assignment(new TopicId(7, 7), [[1]]), new Dictionary<string, string> { ["retention.ms"] = retentionMs }));

    /// <summary>Broker 1 is to lead the new partition 0.</summary>
    public static LeaderAndIsrRequest Lead(string topic, int controllerEpoch = 1) => new()
    {
        ControllerId = 1,
        ControllerEpoch = controllerEpoch,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                TopicId = new TopicId(7, 7),
                PartitionStates = [new() { PartitionIndex = 0, Leader = 1, Isr = [1], Replicas = [1], IsNew = true }],
            },
        ],
    };
}
