using System.Globalization;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// Every path Kafka keeps in ZooKeeper that we read or write. The types of the folder <c>Json</c> write and read what is in them.
/// </summary>
public static class ZnodePaths
{
    public const string Consumers = "/consumers";
    public const string Controller = "/controller";
    public const string ControllerEpoch = "/controller_epoch";
    public const string BrokerIds = "/brokers/ids";
    public const string BrokerSequence = "/brokers/seqid";
    public const string Topics = "/brokers/topics";
    public const string DeleteTopics = "/admin/delete_topics";
    public const string ReassignPartitions = "/admin/reassign_partitions";
    public const string PreferredElection = "/admin/preferred_replica_election";
    public const string ConfigChanges = "/config/changes";
    public const string ConfigTopics = "/config/topics";
    public const string ConfigBrokers = "/config/brokers";
    public const string IsrChangeNotifications = "/isr_change_notification";
    public const string LogDirEvents = "/log_dir_event_notification";
    public const string ClusterId = "/cluster/id";
    public const string LatestProducerIdBlock = "/latest_producer_id_block";
    public const string Feature = "/feature";

    /// <summary>A sequential node under <see cref="ConfigChanges"/> tells which entity's config has changed.</summary>
    public const string ConfigChangePrefix = ConfigChanges + "/config_change_";

    /// <summary>
    /// A sequential node under <see cref="IsrChangeNotifications"/> tells of which partitions a leader has written another ISR.
    /// </summary>
    public const string IsrChangePrefix = IsrChangeNotifications + "/isr_change_";

    /// <summary>A sequential node under <see cref="LogDirEvents"/> tells that a log dir of a broker has failed.</summary>
    public const string LogDirEventPrefix = LogDirEvents + "/log_dir_event_";

    /// <summary>What every broker makes sure of at start, with null data.</summary>
    public static readonly IReadOnlyList<string> Persistent =
    [
        Consumers, BrokerIds, Topics, ConfigChanges, DeleteTopics, BrokerSequence, IsrChangeNotifications, LatestProducerIdBlock,
        LogDirEvents, ConfigTopics, "/config/clients", "/config/users", ConfigBrokers, "/config/ips",
    ];

    /// <summary>The parents of sequential nodes, which say that something has changed and are deleted after a while.</summary>
    public static readonly IReadOnlyList<string> Notifications = [ConfigChanges, IsrChangeNotifications, LogDirEvents];

    public static string Broker(BrokerId id) => $"{BrokerIds}/{id}";

    public static string Topic(string topic) => $"{Topics}/{topic}";

    public static string Partitions(string topic) => $"{Topics}/{topic}/partitions";

    public static string Partition(TopicPartition partition)
        => string.Create(CultureInfo.InvariantCulture, $"{Topics}/{partition.Topic}/partitions/{partition.Partition}");

    public static string State(TopicPartition partition) => Partition(partition) + "/state";

    public static string DeleteTopic(string topic) => $"{DeleteTopics}/{topic}";

    public static string Config(ConfigEntity entity) => $"/config/{entity.Path}";

    public static string TopicConfig(string topic) => Config(ConfigEntity.Topic(topic));

    /// <summary>Where the oldest clients keep a group's offset of a partition.</summary>
    public static string ConsumerOffset(string groupId, TopicPartition partition)
        => string.Create(CultureInfo.InvariantCulture, $"{Consumers}/{groupId}/offsets/{partition.Topic}/{partition.Partition}");
}
