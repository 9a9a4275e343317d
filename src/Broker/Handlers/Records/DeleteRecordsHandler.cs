using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// DeleteRecords: raises the log's start of partitions that this broker leads, and answers when each live replica has raised its own. The
/// offset that is named last holds for a partition that is named twice, as in Kafka. KIP-107.
/// </summary>
public sealed class DeleteRecordsHandler(Replicas replicas, MetadataCache metadata) : IHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    public async ValueTask<DeleteRecordsResponse?> Handle(DeleteRecordsRequest request, RequestContext context)
    {
        var timeout = TimeSpan.FromMilliseconds(request.TimeoutMs);
        // All begin before the first is waited for.
        var begun = Wanted(request).Select(wanted => (wanted.Key, Outcome: Delete(wanted.Key, wanted.Value, timeout))).ToList();
        var topics = new Dictionary<string, DeleteRecordsResponse.DeleteRecordsTopicResult>(StringComparer.Ordinal);
        foreach (var (name, deletion) in begun)
        {
            var outcome = await deletion;
            if (!topics.TryGetValue(name.Topic, out var topic))
                topics[name.Topic] = topic = new DeleteRecordsResponse.DeleteRecordsTopicResult { Name = name.Topic };
            topic.Partitions.Add(new DeleteRecordsResponse.DeleteRecordsPartitionResult
            {
                PartitionIndex = name.Partition,
                LowWatermark = outcome.LowWatermark,
                ErrorCode = outcome.Error,
            });
        }
        return new DeleteRecordsResponse { Topics = [.. topics.Values] };
    }

    private Task<DeletionOutcome> Delete(TopicPartition name, long offset, TimeSpan timeout)
    {
        if (!metadata.Image.Contains(name))
            return Task.FromResult(DeletionOutcome.Failed(KafkaError.UnknownTopicOrPartition));
        if (InternalTopics.Contains(name.Topic))
            return Task.FromResult(DeletionOutcome.Failed(KafkaError.InvalidTopicException));
        return replicas.Find(name) is { } partition
            ? partition.DeleteRecordsBefore(offset, timeout)
            : Task.FromResult(DeletionOutcome.Failed(KafkaError.NotLeaderOrFollower));
    }

    private static Dictionary<TopicPartition, long> Wanted(DeleteRecordsRequest request)
    {
        var wanted = new Dictionary<TopicPartition, long>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
                wanted[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.Offset;
        }
        return wanted;
    }
}
