using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Brokers, topics and leaders as the controller last described them; names that do not exist are created when broker and client both allow
/// it.
/// </summary>
public sealed class MetadataHandler(MetadataCache metadata, AutoTopicCreation autoCreation, BrokerConfig config, ClusterId clusterId)
    : IHandler<MetadataRequest, MetadataResponse>
{
    public async ValueTask<MetadataResponse?> Handle(MetadataRequest request, RequestContext context)
    {
        if (!IsValid(request))
            return Invalid(request);
        var view = new ListenerView(await metadata.WithBrokers(context.Closed), context.Listener);
        var response = new MetadataResponse { ClusterId = clusterId.Value, ControllerId = view.ControllerId };
        foreach (var (broker, endpoint) in view.Brokers())
            response.Brokers.Add(new() { NodeId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
        if (request.IncludeClusterAuthorizedOperations)
            response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        if (request.Topics is null || (request.EmptyMeansAll && request.Topics.Count == 0))
        {
            foreach (var topic in view.Image.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal))
                response.Topics.Add(Describe(topic, view, request));
        }
        else if (request.Topics.Exists(topic => !topic.TopicId.IsZero))
        {
            AddById(request, view, response);
        }
        else
        {
            await AddByName(request, view, response);
        }
        return response;
    }

    /// <summary>Ids are in the request before they mean anything in it, and a topic needs a name or an id.</summary>
    private static bool IsValid(MetadataRequest request)
        => request.Topics is null || request.Topics.TrueForAll(topic => request.LooksUpTopicIds
            ? topic.Name is not null || !topic.TopicId.IsZero
            : topic.Name is not null && topic.TopicId.IsZero);

    private static MetadataResponse Invalid(MetadataRequest request)
    {
        var response = new MetadataResponse { ErrorCode = KafkaError.InvalidRequest };
        foreach (var topic in request.Topics!)
            response.Topics.Add(new() { ErrorCode = KafkaError.InvalidRequest, Name = topic.Name ?? "", TopicId = topic.TopicId });
        return response;
    }

    /// <summary>One id in the request makes it one for ids: names in it are passed over.</summary>
    private static void AddById(MetadataRequest request, ListenerView view, MetadataResponse response)
    {
        foreach (var id in request.Topics!.Select(topic => topic.TopicId).Where(id => !id.IsZero).Distinct())
        {
            response.Topics.Add(view.Image.TryGetTopic(id, out var topic)
                ? Describe(topic, view, request)
                : new() { ErrorCode = KafkaError.UnknownTopicId, Name = null, TopicId = id });
        }
    }

    private async Task AddByName(MetadataRequest request, ListenerView view, MetadataResponse response)
    {
        foreach (var name in request.Topics!.Select(topic => topic.Name!).Distinct(StringComparer.Ordinal))
            response.Topics.Add(
                view.Image.TryGetTopic(name, out var topic) ? Describe(topic, view, request) : await DescribeMissing(name, request));
    }

    private async Task<MetadataResponse.MetadataResponseTopic> DescribeMissing(string name, MetadataRequest request)
    {
        var error = !TopicName.IsValid(name) ? KafkaError.InvalidTopicException
            : config.AutoCreateTopicsEnable && request.AllowAutoTopicCreation ? await autoCreation.Create(name)
            : KafkaError.UnknownTopicOrPartition;
        var topic = new MetadataResponse.MetadataResponseTopic
        {
            ErrorCode = error,
            Name = name,
            IsInternal = InternalTopics.Contains(name),
        };
        if (request.IncludeTopicAuthorizedOperations)
            topic.TopicAuthorizedOperations = AuthorizedOperations.OfTopic;
        return topic;
    }

    private static MetadataResponse.MetadataResponseTopic Describe(MetadataTopic topic, ListenerView view, MetadataRequest request)
    {
        var described = new MetadataResponse.MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = InternalTopics.Contains(topic.Name),
            Partitions = new(topic.Partitions.Count),
        };
        if (request.IncludeTopicAuthorizedOperations)
            described.TopicAuthorizedOperations = AuthorizedOperations.OfTopic;
        foreach (var partition in topic.Partitions.Values)
            described.Partitions.Add(Describe(partition, view, request));
        return described;
    }

    private static MetadataResponse.MetadataResponsePartition Describe(
        MetadataPartition partition, ListenerView view, MetadataRequest request)
    {
        var (error, leader) = view.LeaderOf(partition);
        if (error == KafkaError.ListenerNotFound && !request.KnowsListenerNotFound)
            error = KafkaError.LeaderNotAvailable;
        var replicas = partition.ReplicaNodes;
        var isr = partition.IsrNodes;
        if (request.HidesUnreachableReplicas)
        {
            // The oldest clients look each replica up among the brokers, so one that is not there must not be named.
            (replicas, isr) = (ReachedOf(replicas, view), ReachedOf(isr, view));
            if (error == KafkaError.None && (replicas.Count < partition.ReplicaNodes.Count || isr.Count < partition.IsrNodes.Count))
                error = KafkaError.ReplicaNotAvailable;
        }
        return new()
        {
            ErrorCode = error,
            PartitionIndex = partition.Partition,
            LeaderId = leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = replicas,
            IsrNodes = isr,
            OfflineReplicas = partition.OfflineNodes,
        };
    }

    private static List<int> ReachedOf(List<int> nodes, ListenerView view) => nodes.FindAll(node => view.Reaches(new BrokerId(node)));
}
