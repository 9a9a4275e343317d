using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Creates topics on the controller, then waits until each partition has a leader in this broker's own metadata. Topics fail one by one;
/// what is created stays created when the wait is too long, which the client is told as RequestTimedOut. So many partitions as one request
/// may create are taken in the order of its topics; those behind are refused with PolicyViolation.
/// </summary>
public sealed class CreateTopicsHandler(TopicCreation creation, MetadataCache metadata, IControllerRole controller)
    : IHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    private static readonly string TooManyPartitions = $"One request creates {Limits.PartitionsCreated} partitions at most.";

    public async ValueTask<CreateTopicsResponse?> Handle(CreateTopicsRequest request, RequestContext context)
    {
        var response = new CreateTopicsResponse();
        var created = new List<CreateTopicsResponse.CreatableTopicResult>();
        var isActive = controller.IsActive;
        var partitionsLeft = Limits.PartitionsCreated;
        var countByName = request.Topics.CountBy(topic => topic.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (var topic in request.Topics)
        {
            var result = !isActive ? Failed(topic.Name, KafkaError.NotController, null)
                : !TakePartitions(topic, ref partitionsLeft) ? Failed(topic.Name, KafkaError.PolicyViolation, TooManyPartitions)
                : await Create(topic, request, isRepeated: countByName[topic.Name] > 1);
            response.Topics.Add(result);
            if (result.ErrorCode == KafkaError.None)
                created.Add(result);
        }
        if (!request.ValidateOnly)
            await WaitForLeaders(created, request.TimeoutMs, context.Closed);
        return response;
    }

    /// <summary>Whether the topic's partitions are among those that one request may create; a topic that names no number has one.</summary>
    private static bool TakePartitions(CreateTopicsRequest.CreatableTopic topic, ref int left)
    {
        var wanted = Math.Max(1, topic.Assignments.Count > 0 ? topic.Assignments.Count : topic.NumPartitions);
        // What no request may create is refused by itself, and takes nothing from the others.
        if (wanted > Limits.PartitionsCreated)
            return true;
        left -= wanted;
        return left >= 0;
    }

    private async Task<CreateTopicsResponse.CreatableTopicResult> Create(
        CreateTopicsRequest.CreatableTopic topic, CreateTopicsRequest request, bool isRepeated)
    {
        if (isRepeated)
            return Failed(topic.Name, KafkaError.InvalidRequest, "Found multiple entries for this topic.");
        if (topic.Name == InternalTopics.ClusterMetadata)
            return Failed(topic.Name, KafkaError.InvalidRequest, $"Creation of internal topic {topic.Name} is prohibited.");
        var outcome = await creation.Create(ToCreate(topic), request.ValidateOnly);
        if (outcome.Error != KafkaError.None)
            return Failed(topic.Name, outcome.Error, outcome.Message);
        return new()
        {
            Name = topic.Name,
            TopicId = outcome.Id,
            ErrorMessage = null,
            NumPartitions = outcome.PartitionCount,
            ReplicationFactor = outcome.ReplicationFactor,
            Configs = [.. outcome.Config!.Entries().Select(Describe)],
        };
    }

    private async Task WaitForLeaders(List<CreateTopicsResponse.CreatableTopicResult> created, int timeoutMs, CancellationToken closed)
    {
        if (created.Count == 0)
            return;
        // A client that does not wait is told so, even if the leaders are there by now.
        var inTime = timeoutMs > 0 && await metadata.WaitUntil(
            image => created.TrueForAll(topic => image.HasLeaders(topic.Name, topic.NumPartitions)), TimeSpan.FromMilliseconds(timeoutMs),
            closed);
        if (inTime)
            return;
        var image = metadata.Image;
        foreach (var topic in created)
        {
            if (timeoutMs > 0 && image.HasLeaders(topic.Name, topic.NumPartitions))
                continue;
            (topic.ErrorCode, topic.NumPartitions, topic.ReplicationFactor, topic.Configs) = (KafkaError.RequestTimedOut, -1, -1, []);
        }
    }

    private static TopicToCreate ToCreate(CreateTopicsRequest.CreatableTopic topic)
    {
        var assignment = new Dictionary<int, IReadOnlyList<BrokerId>>();
        foreach (var partition in topic.Assignments)
            assignment[partition.PartitionIndex] = partition.BrokerIds.ConvertAll(id => new BrokerId(id));
        return new TopicToCreate
        {
            Name = topic.Name,
            PartitionCount = topic.NumPartitions,
            ReplicationFactor = topic.ReplicationFactor,
            Assignment = assignment,
            Settings = topic.Configs.ConvertAll(config => KeyValuePair.Create(config.Name, config.Value)),
        };
    }

    private static CreateTopicsResponse.CreatableTopicConfigs Describe(ConfigEntry entry) => new()
    {
        Name = entry.Key.Name,
        Value = entry.Text,
        ConfigSource = (sbyte)entry.Source,
        IsSensitive = entry.Key.IsSensitive,
    };

    private static CreateTopicsResponse.CreatableTopicResult Failed(string name, KafkaError error, string? message)
        => new() { Name = name, ErrorCode = error, ErrorMessage = message, Configs = [] };
}
