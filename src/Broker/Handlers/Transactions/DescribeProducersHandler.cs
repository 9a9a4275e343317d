using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// DescribeProducers: the idempotent and transactional producers that a partition's leader remembers, by which an administrator finds
/// transactions that nobody ends. KIP-664.
/// </summary>
public sealed class DescribeProducersHandler(Replicas replicas, MetadataCache metadata)
    : IHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    public async ValueTask<DescribeProducersResponse?> Handle(DescribeProducersRequest request, RequestContext context)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
        {
            var answer = new DescribeProducersResponse.TopicResponse { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var index in topic.PartitionIndexes)
                answer.Partitions.Add(await Describe(new TopicPartition(topic.Name, index)));
        }
        return response;
    }

    private async ValueTask<DescribeProducersResponse.PartitionResponse> Describe(TopicPartition name)
    {
        if (TopicName.Problem(name.Topic) is { } problem)
            return Failed(name, KafkaError.InvalidTopicException, problem);
        if (!metadata.Image.Contains(name))
            return Failed(
                name, KafkaError.UnknownTopicOrPartition,
                metadata.Image.TryGetTopic(name.Topic, out _) ? null : "This server does not host this topic-partition.");
        if (replicas.Find(name) is not { } partition)
            return Failed(name, KafkaError.NotLeaderOrFollower);
        var (error, producers) = await partition.DescribeProducers();
        if (producers is null)
            return Failed(name, error);
        var answer = new DescribeProducersResponse.PartitionResponse { PartitionIndex = name.Partition };
        foreach (var producer in producers)
            answer.ActiveProducers.Add(new DescribeProducersResponse.ProducerState
            {
                ProducerId = producer.Producer.ProducerId,
                ProducerEpoch = producer.Producer.Epoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestamp,
                CoordinatorEpoch = producer.CoordinatorEpoch,
                CurrentTxnStartOffset = producer.CurrentTxnFirstOffset,
            });
        return answer;
    }

    private static DescribeProducersResponse.PartitionResponse Failed(TopicPartition name, KafkaError error, string? message = null)
        => new() { PartitionIndex = name.Partition, ErrorCode = error, ErrorMessage = message };
}
