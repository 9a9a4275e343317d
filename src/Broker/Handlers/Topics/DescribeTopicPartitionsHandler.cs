using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Partitions of topics in the order of names, a page at a time: what does not fit begins the next page, which the client asks for with the
/// cursor. Eligible leaders outside the ISR are KRaft's, so none are named. KIP-966.
/// </summary>
public sealed class DescribeTopicPartitionsHandler(MetadataCache metadata, BrokerConfig config)
    : IHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    public ValueTask<DescribeTopicPartitionsResponse?> Handle(DescribeTopicPartitionsRequest request, RequestContext context)
        => ValueTask.FromResult<DescribeTopicPartitionsResponse?>(
            request.Cursor is { PartitionIndex: < 0 } ? Invalid(request) : Describe(request, context));

    private DescribeTopicPartitionsResponse Describe(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        var view = new ListenerView(metadata.Image, context.Listener);
        var response = new DescribeTopicPartitionsResponse();
        var describesAll = request.Topics.Count == 0;
        var names = describesAll ? view.Image.Topics.Select(topic => topic.Name) : request.Topics.Select(topic => topic.Name);
        var remaining = Math.Max(1, Math.Min(request.ResponsePartitionLimit, config.MaxRequestPartitionSizeLimit));
        foreach (var name in names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (request.Cursor is { } behind && string.CompareOrdinal(name, behind.TopicName) < 0)
                continue;
            if (remaining == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = 0 };
                break;
            }
            if (!view.Image.TryGetTopic(name, out var topic))
            {
                if (!describesAll)
                    response.Topics.Add(Missing(name));
                continue;
            }
            var first = request.Cursor is { } cursor && cursor.TopicName == name ? cursor.PartitionIndex : 0;
            var described = Describe(topic, first, remaining, view);
            response.Topics.Add(described);
            remaining -= described.Partitions.Count;
            if (topic.Partitions.Keys.Count(partition => partition >= first) > described.Partitions.Count)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = described.Partitions[^1].PartitionIndex + 1 };
                break;
            }
        }
        return response;
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Describe(
        MetadataTopic topic, int first, int limit, ListenerView view)
    {
        var described = new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = InternalTopics.Contains(topic.Name),
            TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
        };
        foreach (var partition in topic.Partitions.Values)
        {
            if (partition.Partition < first)
                continue;
            if (described.Partitions.Count == limit)
                break;
            described.Partitions.Add(Describe(partition, view));
        }
        return described;
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition Describe(
        MetadataPartition partition, ListenerView view)
    {
        var (error, leader) = view.LeaderOf(partition);
        return new()
        {
            ErrorCode = error,
            PartitionIndex = partition.Partition,
            LeaderId = leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = partition.ReplicaNodes,
            IsrNodes = partition.IsrNodes,
            EligibleLeaderReplicas = [],
            LastKnownElr = [],
            OfflineReplicas = partition.OfflineNodes,
        };
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Missing(string name) => new()
    {
        ErrorCode = TopicName.IsValid(name) ? KafkaError.UnknownTopicOrPartition : KafkaError.InvalidTopicException,
        Name = name,
        IsInternal = InternalTopics.Contains(name),
        TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
    };

    private static DescribeTopicPartitionsResponse Invalid(DescribeTopicPartitionsRequest request)
    {
        var response = new DescribeTopicPartitionsResponse();
        foreach (var topic in request.Topics)
            response.Topics.Add(new() { ErrorCode = KafkaError.InvalidRequest, Name = topic.Name });
        return response;
    }
}
