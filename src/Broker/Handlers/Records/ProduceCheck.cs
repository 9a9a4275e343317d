using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>Why a partition of a produce request is refused before its log is asked, in Kafka's order.</summary>
internal sealed class ProduceCheck(Replicas replicas, MetadataCache metadata)
{
    /// <summary>The client id with which Kafka's own tools may write internal topics.</summary>
    private const string AdminClientId = "__admin_client";

    /// <summary>The partition to append to, or why not.</summary>
    public (AppendOutcome Refusal, TopicPartition Name, Partition? Partition) Find(
        ProduceRequest request, RequestContext context, ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData data)
    {
        var topicName = topic.Name;
        if (request.TopicIds)
        {
            if (!metadata.Image.TryGetTopic(topic.TopicId, out var known))
                return Refused(default, KafkaError.UnknownTopicId);
            topicName = known.Name;
        }
        var name = new TopicPartition(topicName, data.Index);
        var partition = replicas.Find(name);
        if (partition is null && !metadata.Image.Contains(name))
            return Refused(name, KafkaError.UnknownTopicOrPartition);
        if (CheckRequest(request, context, topicName, data) is { } refusal)
            return (refusal, name, null);
        if (partition is null)
            return Refused(name, KafkaError.NotLeaderOrFollower);
        if (request.TopicIds && partition.Snapshot.Leadership.TopicId is { IsZero: false } id && id != topic.TopicId)
            return Refused(name, KafkaError.UnknownTopicId);
        return (default, name, partition);
    }

    private static AppendOutcome? CheckRequest(
        ProduceRequest request, RequestContext context, string topic, ProduceRequest.PartitionProduceData data)
    {
        if (data.Records is not { Length: > 0 } records)
            return AppendOutcome.Failed(KafkaError.InvalidRecord, "There are no records for this partition.");
        if (request.Acks is not (-1 or 0 or 1))
            return AppendOutcome.Failed(KafkaError.InvalidRequiredAcks);
        if (InternalTopics.Contains(topic) && context.ClientId != AdminClientId)
            return AppendOutcome.Failed(KafkaError.InvalidTopicException, $"Cannot write to the internal topic {topic}.");
        return records.Length < RecordBatch.HeaderBytes ? null : CheckBatch(request, new RecordBatch(records.Memory.Span));
    }

    private static AppendOutcome? CheckBatch(ProduceRequest request, RecordBatch batch)
    {
        if (batch.Magic != RecordBatch.CurrentMagic)
            return null;
        if (batch.CodecId == (int)CompressionType.Zstd && !request.Zstd)
            return AppendOutcome.Failed(
                KafkaError.UnsupportedCompressionType, "Records compressed with zstd need Produce version 7 or later.");
        return null;
    }

    private static (AppendOutcome, TopicPartition, Partition?) Refused(TopicPartition name, KafkaError error)
        => (AppendOutcome.Failed(error), name, null);
}
