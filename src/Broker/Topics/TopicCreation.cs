using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// Checks a topic that someone asks for and writes it: for CreateTopics, for a Metadata request that names an unknown topic, and for the
/// internal topics. On its own loop, which owns the random numbers that ids and replicas are drawn from. The controller makes the
/// partitions when it sees what was written.
/// </summary>
public sealed class TopicCreation(ILoop loop, TopicStore store, MetadataCache metadata, BrokerConfig config, Random random)
{

    /// <summary>Creates the topic, or with <paramref name="validateOnly"/> tells whether it could be created.</summary>
    public async Task<TopicCreationOutcome> Create(TopicToCreate topic, bool validateOnly)
    {
        var outcome = TopicCreationOutcome.Refused(KafkaError.UnknownServerError, null);
        await loop.Start(async () => outcome = await CreateOnLoop(topic, validateOnly));
        return outcome;
    }

    private async Task<TopicCreationOutcome> CreateOnLoop(TopicToCreate topic, bool validateOnly)
    {
        try
        {
            if (metadata.Image.TryGetTopic(topic.Name, out _))
                return AlreadyExists(topic.Name);
            if (CheckRequest(topic) is { } refused)
                return refused;
            var assignment = topic.Assignment.Count > 0 ? topic.Assignment : AssignReplicas.RoundRobin(
                Candidates(), PartitionCount(topic), ReplicationFactor(topic), random);
            if (await CheckAgainstStore(topic.Name) is { } taken)
                return taken;
            if (CheckAssignment(topic, assignment) is { } misassigned)
                return misassigned;
            var settings = Settings(topic);
            if (TopicConfigCheck.Problem(config, settings) is { } problem)
                return TopicCreationOutcome.Refused(KafkaError.InvalidConfig, problem);
            return await Write(topic.Name, assignment, settings, validateOnly);
        }
        catch (ZooKeeperFailed failed)
        {
            return TopicCreationOutcome.Refused(KafkaError.UnknownServerError, failed.Message);
        }
    }

    /// <summary>What the request alone gives away, in the order in which Kafka looks.</summary>
    private TopicCreationOutcome? CheckRequest(TopicToCreate topic)
    {
        var unset = topic.Settings.Where(setting => setting.Value is null).Select(setting => setting.Key).ToArray();
        if (unset.Length > 0)
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidConfig, $"Null value not supported for topic configs: {string.Join(',', unset)}");
        if (topic.Assignment.Count > 0 && (
            topic.PartitionCount != TopicToCreate.UseDefault || topic.ReplicationFactor != TopicToCreate.UseDefault))
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidRequest,
                "Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.");
        var partitionCount = topic.Assignment.Count > 0 ? topic.Assignment.Count : PartitionCount(topic);
        if (CheckCounts(topic, partitionCount) is { } refused)
            return refused;
        return TopicName.Problem(topic.Name) is { } problem
            ? TopicCreationOutcome.Refused(KafkaError.InvalidTopicException, problem)
            : null;
    }

    private TopicCreationOutcome? CheckCounts(TopicToCreate topic, int partitionCount)
    {
        if (partitionCount <= 0)
            return TopicCreationOutcome.Refused(KafkaError.InvalidPartitions, "Number of partitions must be larger than 0.");
        if (partitionCount > Limits.PartitionsCreatedPerTopic)
            return TopicCreationOutcome.Refused(
                KafkaError.PolicyViolation, $"A topic is created with {Limits.PartitionsCreatedPerTopic} partitions at most.");
        // A client that made it smaller would leave every group of the missing partitions without a coordinator.
        if (InternalPartitionCount(topic.Name) is { } needed && partitionCount != needed)
            return TopicCreationOutcome.Refused(
                KafkaError.InvalidPartitions, $"Internal topic {topic.Name} has {needed} partitions by the settings of this broker.");
        if (topic.Assignment.Count > 0)
            return null;
        if (ReplicationFactor(topic) <= 0)
            return TopicCreationOutcome.Refused(KafkaError.InvalidReplicationFactor, "Replication factor must be larger than 0.");
        var brokerCount = Candidates().Count;
        return ReplicationFactor(topic) > brokerCount
            ? TopicCreationOutcome.Refused(
                KafkaError.InvalidReplicationFactor,
                $"Replication factor: {ReplicationFactor(topic)} larger than available brokers: {brokerCount}.")
            : null;
    }

    private async Task<TopicCreationOutcome?> CheckAgainstStore(string name)
    {
        if (await store.IsMarkedForDeletion(name))
            return TopicCreationOutcome.Refused(KafkaError.TopicAlreadyExists, $"Topic '{name}' is marked for deletion.");
        if (await store.Topic(name) is not null)
            return AlreadyExists(name);
        // Most names cannot collide, and then nobody has to read the names of all topics.
        var topics = TopicName.CanCollide(name) ? await store.Topics() : [];
        var colliding = topics.Where(other => TopicName.Collide(name, other)).ToArray();
        return colliding.Length > 0
            ? TopicCreationOutcome.Refused(
                KafkaError.InvalidTopicException, $"Topic '{name}' collides with existing topics: {string.Join(", ", colliding)}")
            : null;
    }

    private TopicCreationOutcome? CheckAssignment(TopicToCreate topic, IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> assignment)
    {
        if (assignment.Values.Any(replicas => replicas.Count != assignment.Values.First().Count))
            return Misassigned("All partitions should have the same number of replicas");
        if (assignment.Values.Any(replicas => replicas.Distinct().Count() != replicas.Count))
        {
            var shown = assignment.Select(partition => $"{partition.Key} -> ArrayBuffer({string.Join(", ", partition.Value)})");
            return Misassigned($"Duplicate replica assignment found: HashMap({string.Join(", ", shown)})");
        }
        if (!assignment.Keys.Order().SequenceEqual(Enumerable.Range(0, assignment.Count)))
            return Misassigned("partitions should be a consecutive 0-based integer sequence");
        if (topic.Assignment.Count == 0)
            return null;
        // Kafka writes the next two down and waits for a leader that can never come.
        if (assignment.Values.Any(replicas => replicas.Count == 0))
            return Misassigned("Each partition must have at least one replica");
        var unknown = assignment.Values.SelectMany(replicas => replicas).Distinct().Where(
            broker => !metadata.Image.IsLive(broker)).ToArray();
        return unknown.Length > 0 ? Misassigned($"Unknown broker(s) in replica assignment: {string.Join(", ", unknown)}.") : null;
    }

    private async Task<TopicCreationOutcome> Write(
        string name, IReadOnlyDictionary<int, IReadOnlyList<BrokerId>> assignment, Dictionary<string, string> settings, bool validateOnly)
    {
        var id = validateOnly ? TopicId.Zero : TopicId.Create(random);
        if (!validateOnly)
        {
            var partitions = assignment.ToDictionary(partition => partition.Key, partition => ReplicaAssignment.Of(partition.Value));
            var error = await store.Create(name, new TopicAssignment(id, partitions), settings);
            if (error == KafkaError.TopicAlreadyExists)
                return AlreadyExists(name);
            if (error != KafkaError.None)
                return TopicCreationOutcome.Refused(error, null);
        }
        return new(KafkaError.None, null, id, assignment.Count, (short)assignment.Values.First().Count, new TopicConfig(config, settings));
    }

    private int PartitionCount(TopicToCreate topic)
        => topic.PartitionCount != TopicToCreate.UseDefault
            ? topic.PartitionCount
            : InternalPartitionCount(topic.Name) ?? config.NumPartitions;

    private int ReplicationFactor(TopicToCreate topic)
        => topic.ReplicationFactor != TopicToCreate.UseDefault ? topic.ReplicationFactor : config.DefaultReplicationFactor;

    private int? InternalPartitionCount(string name) => name switch
    {
        InternalTopics.ConsumerOffsets => config.OffsetsTopicNumPartitions,
        InternalTopics.TransactionState => config.TransactionStateLogNumPartitions,
        _ => null,
    };

    private List<AssignReplicas.Candidate> Candidates()
        => [.. metadata.Image.Brokers.Select(broker => new AssignReplicas.Candidate(broker.Id, broker.Rack))];

    private static Dictionary<string, string> Settings(TopicToCreate topic)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in topic.Settings)
            settings[name] = value!;
        return settings;
    }

    private static TopicCreationOutcome AlreadyExists(string name)
        => TopicCreationOutcome.Refused(KafkaError.TopicAlreadyExists, $"Topic '{name}' already exists.");

    private static TopicCreationOutcome Misassigned(string message)
        => TopicCreationOutcome.Refused(KafkaError.InvalidReplicaAssignment, message);
}
