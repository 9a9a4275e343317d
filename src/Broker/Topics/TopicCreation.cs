using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
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
public sealed class TopicCreation(
    ILoop loop, TopicStore store, MetadataCache metadata, DynamicBrokerConfig config, PromisedPartitions promised, Random random)
{
    private readonly TopicCreationCheck check = new(config.Current);

    /// <summary>Runs code on the loop of topic creations, for who does not wait for it.</summary>
    public void Run(Func<Task> code) => loop.Run(code);

    /// <summary>Creates the topic, or with <paramref name="validateOnly"/> tells whether it could be created.</summary>
    public async Task<TopicCreationOutcome> Create(TopicToCreate topic, bool validateOnly)
    {
        var outcome = TopicCreationOutcome.Refused(KafkaError.UnknownServerError, null);
        await loop.Start(async () => outcome = await CreateOnLoop(topic, validateOnly));
        return outcome;
    }

    private async Task<TopicCreationOutcome> CreateOnLoop(TopicToCreate topic, bool validateOnly)
    {
        var image = metadata.Image;
        try
        {
            // A broker that was cut off may have missed that a topic was deleted; then the store knows better than its metadata.
            if (image.TryGetTopic(topic.Name, out _) && await store.Topic(topic.Name) is not null)
                return AlreadyExists(topic.Name);
            // Before the controller's first word nobody knows on which brokers; who asks comes back.
            if (!image.Brokers.Any())
                return TopicCreationOutcome.Refused(KafkaError.LeaderNotAvailable, "The brokers of the cluster are not known yet.");
            if (check.OfRequest(topic, image) is { } refused)
                return refused;
            var assignment = topic.Assignment.Count > 0 ? topic.Assignment : AssignReplicas.RoundRobin(
                ReplicaCandidates.In(image), check.PartitionCountOf(topic), check.ReplicationFactorOf(topic), random);
            if (await CheckAgainstStore(topic.Name) is { } taken)
                return taken;
            if (check.OfAssignment(topic, assignment, image) is { } misassigned)
                return misassigned;
            var settings = Settings(topic);
            if (TopicConfigCheck.Problem(config.Current, settings) is { } problem)
                return TopicCreationOutcome.Refused(KafkaError.InvalidConfig, problem.Message);
            if (promised.Problem(assignment.Count, image) is { } tooMany)
                return TopicCreationOutcome.Refused(KafkaError.PolicyViolation, tooMany);
            var created = await Write(topic.Name, assignment, settings, validateOnly);
            if (created.Error == KafkaError.None && !validateOnly)
                promised.Add(topic.Name, assignment.Count, existing: 0);
            return created;
        }
        catch (ZooKeeperFailed failed)
        {
            return TopicCreationOutcome.Refused(KafkaError.UnknownServerError, failed.Message);
        }
        catch (DiskError error)
        {
            return TopicCreationOutcome.Refused(KafkaError.KafkaStorageError, error.Message);
        }
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
        return new TopicCreationOutcome
        {
            Error = KafkaError.None,
            Id = id,
            PartitionCount = assignment.Count,
            ReplicationFactor = (short)assignment.Values.First().Count,
            Config = new TopicConfig(config.Current, settings),
        };
    }

    private static Dictionary<string, string> Settings(TopicToCreate topic)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in topic.Settings)
            settings[name] = value!;
        return settings;
    }

    private static TopicCreationOutcome AlreadyExists(string name)
        => TopicCreationOutcome.Refused(KafkaError.TopicAlreadyExists, $"Topic '{name}' already exists.");
}
