using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// Topics as brokers write them, for CreateTopics, DeleteTopics, CreatePartitions and auto-creation. The controller sees by its watches
/// what is written here and carries it out. Nothing is cached. Callable from anywhere.
/// </summary>
public sealed class TopicStore(IZooKeeper zooKeeper)
{
    /// <summary>The names of all topics, those being deleted included.</summary>
    public Task<IReadOnlyList<string>> Topics() => zooKeeper.Names(ZnodePaths.Topics);

    /// <summary>The ids of all topics; zero where a topic has none.</summary>
    public async Task<IReadOnlyDictionary<string, TopicId>> TopicIds()
    {
        var ids = new Dictionary<string, TopicId>(StringComparer.Ordinal);
        foreach (var name in await Topics())
        {
            if (await Topic(name) is { } assignment)
                ids[name] = assignment.TopicId;
        }
        return ids;
    }

    /// <summary>The topic's assignment, null when there is no such topic.</summary>
    public async Task<TopicAssignment?> Topic(string topic) => TopicJson.Decode((await zooKeeper.Read(ZnodePaths.Topic(topic))).Data);

    /// <summary>
    /// Creates a topic: its config first, so that no replica is made without it, then the topic. TopicAlreadyExists when there is one; a
    /// config that such a topic has is left alone. Assignment and config are valid when they come here.
    /// </summary>
    public async Task<KafkaError> Create(string topic, TopicAssignment assignment, IReadOnlyDictionary<string, string> config)
    {
        if ((await zooKeeper.Exists(ZnodePaths.Topic(topic))).Result == ZkResult.Ok)
            return KafkaError.TopicAlreadyExists;
        var written = await zooKeeper.SetOrCreate(ZnodePaths.TopicConfig(topic), ConfigJson.Encode(config));
        if (written != ZkResult.Ok)
            throw new ZooKeeperFailed(written, ZnodePaths.TopicConfig(topic));
        var created = await zooKeeper.CreateRecursive(ZnodePaths.Topic(topic), TopicJson.Encode(assignment));
        return created switch
        {
            ZkResult.Ok => KafkaError.None,
            ZkResult.NodeExists => KafkaError.TopicAlreadyExists,
            _ => throw new ZooKeeperFailed(created, ZnodePaths.Topic(topic)),
        };
    }

    /// <summary>Marks a topic for deletion; UnknownTopicOrPartition when there is none. Marked twice is fine.</summary>
    public async Task<KafkaError> Delete(string topic)
    {
        if ((await zooKeeper.Exists(ZnodePaths.Topic(topic))).Result == ZkResult.NoNode)
            return KafkaError.UnknownTopicOrPartition;
        var created = await zooKeeper.CreateRecursive(ZnodePaths.DeleteTopic(topic), null);
        return created is ZkResult.Ok or ZkResult.NodeExists
            ? KafkaError.None
            : throw new ZooKeeperFailed(created, ZnodePaths.DeleteTopic(topic));
    }

    /// <summary>
    /// Adds partitions behind those there are; the topic's id and a reassignment in progress stay. The caller has read the topic, and has
    /// checked it. Written on the version read, so partitions that another added meanwhile are never lost: then InvalidPartitions.
    /// </summary>
    public async Task<KafkaError> AddPartitions(string topic, IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> added)
    {
        var read = await zooKeeper.Read(ZnodePaths.Topic(topic));
        if (TopicJson.Decode(read.Data) is not { } existing)
            return KafkaError.UnknownTopicOrPartition;
        var partitions = new SortedDictionary<int, ReplicaAssignment>(existing.Partitions.ToDictionary());
        foreach (var (partition, replicas) in added)
        {
            if (!partitions.TryAdd(partition, ReplicaAssignment.Of(replicas)))
                return KafkaError.InvalidPartitions;
        }
        var set = await zooKeeper.Apply(new ZkOp.SetData(
            ZnodePaths.Topic(topic), TopicJson.Encode(existing with { Partitions = partitions }), read.Stat!.Version));
        return set.Result switch
        {
            ZkResult.Ok => KafkaError.None,
            ZkResult.BadVersion => KafkaError.InvalidPartitions,
            ZkResult.NoNode => KafkaError.UnknownTopicOrPartition,
            _ => throw new ZooKeeperFailed(set.Result, ZnodePaths.Topic(topic)),
        };
    }

    public async Task<bool> IsMarkedForDeletion(string topic)
        => (await zooKeeper.Exists(ZnodePaths.DeleteTopic(topic))).Result == ZkResult.Ok;

    /// <summary>The names of all topics that are being deleted.</summary>
    public Task<IReadOnlyList<string>> TopicsMarkedForDeletion() => zooKeeper.Names(ZnodePaths.DeleteTopics);

    /// <summary>A topic's own settings by Kafka's names; empty when it has none.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Config(string topic)
        => (await new ConfigStore(zooKeeper).Read(ConfigEntity.Topic(topic))).Settings;
}
