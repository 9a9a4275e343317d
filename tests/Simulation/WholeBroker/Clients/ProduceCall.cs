using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Makes Produce requests of one batch, and reads their answers.</summary>
internal static class ProduceCall
{
    public const short Version = 9;

    /// <summary>The version that names topics by their ids.</summary>
    public const short VersionById = 13;

    /// <param name="transactionalId">Of the transaction that the records belong to; null for none.</param>
    public static ProduceRequest Request(
        TopicPartition partition, TopicId id, short acks, IEnumerable<string> values, long timestamp,
        ProducerIdAndEpoch producer, int baseSequence, string? transactionalId = null)
    {
        var batch = new RecordBatchBuilder
        {
            Producer = producer,
            BaseSequence = baseSequence,
            IsTransactional = transactionalId is not null,
        };
        foreach (var value in values)
            batch.Append(timestamp, null, Encoding.UTF8.GetBytes(value));
        var request = new ProduceRequest { TransactionalId = transactionalId, Acks = acks, TimeoutMs = 5000 };
        var topic = new ProduceRequest.TopicProduceData { Name = partition.Topic, TopicId = id };
        topic.PartitionData.Add(new() { Index = partition.Partition, Records = new RecordBytes(batch.Build()) });
        request.TopicData.Add(topic);
        return request;
    }

    public static ProduceResponse.PartitionProduceResponse AnswerOf(ProduceResponse response)
        => response.Responses[0].PartitionResponses[0];
}
