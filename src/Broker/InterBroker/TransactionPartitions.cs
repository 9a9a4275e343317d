using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;
using Topic = KafkaCompatBroker.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
using TopicResult = KafkaCompatBroker.Protocol.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// What AddPartitionsToTxn does on this broker, whether a producer, another broker or a leader on this one asks. A transaction that names a
/// partition which does not exist is refused as a whole. Callable from anywhere. KIP-98, KIP-890.
/// </summary>
public sealed class TransactionPartitions(TransactionCoordinator transactions, MetadataCache metadata)
{
    /// <summary>The form of brokers: partitions that several producers write to join their transactions, or are looked for there.</summary>
    public async Task<AddPartitionsToTxnResponse> Add(AddPartitionsToTxnRequest request)
    {
        var results = await request.Transactions.Select(async transaction => new AddPartitionsToTxnResponse.AddPartitionsToTxnResult
        {
            TransactionalId = transaction.TransactionalId,
            TopicResults = await Add(
                transaction.TransactionalId, new(transaction.ProducerId, transaction.ProducerEpoch), transaction.Topics,
                transaction.VerifyOnly, byLeader: true),
        }).InOrder();
        return new() { ResultsByTransaction = [.. results] };
    }

    /// <summary>The form of producers, which may name no internal topic.</summary>
    public async Task<List<TopicResult>> AddForClient(string transactionalId, ProducerIdAndEpoch producer, List<Topic> topics)
    {
        if (!topics.Exists(topic => InternalTopics.Contains(topic.Name)))
            return await Add(transactionalId, producer, topics, isVerifyOnly: false, byLeader: false);
        var image = metadata.Image;
        return Results(topics, partition => InternalTopics.Contains(partition.Topic)
            ? KafkaError.TopicAuthorizationFailed
            : ErrorBesideRefused(partition, image));
    }

    private async Task<List<TopicResult>> Add(
        string transactionalId, ProducerIdAndEpoch producer, List<Topic> topics, bool isVerifyOnly, bool byLeader)
    {
        List<TopicPartition> partitions =
            [.. topics.SelectMany(topic => topic.Partitions, (topic, partition) => new TopicPartition(topic.Name, partition)).Distinct()];
        var errors = await Errors(transactionalId, producer, partitions, isVerifyOnly, byLeader);
        return Results(topics, partition => errors[partition]);
    }

    private async Task<Dictionary<TopicPartition, KafkaError>> Errors(
        string transactionalId, ProducerIdAndEpoch producer, List<TopicPartition> partitions, bool isVerifyOnly, bool byLeader)
    {
        var image = metadata.Image;
        if (!partitions.TrueForAll(image.Contains))
            return partitions.ToDictionary(partition => partition, partition => ErrorBesideRefused(partition, image));
        if (isVerifyOnly)
        {
            var errors = await transactions.Verify(new PartitionsToVerify(transactionalId, producer, partitions));
            return partitions.Zip(errors).ToDictionary(pair => pair.First, pair => pair.Second);
        }
        var error = await transactions.AddPartitions(new PartitionsToAdd(transactionalId, producer, partitions, byLeader));
        return partitions.ToDictionary(partition => partition, _ => error);
    }

    /// <summary>The transaction is refused for another partition, or for this one, which does not exist.</summary>
    private static KafkaError ErrorBesideRefused(TopicPartition partition, MetadataImage image)
        => image.Contains(partition) ? KafkaError.OperationNotAttempted : KafkaError.UnknownTopicOrPartition;

    private static List<TopicResult> Results(List<Topic> topics, Func<TopicPartition, KafkaError> errorOf)
        => topics.ConvertAll(topic => new TopicResult
        {
            Name = topic.Name,
            ResultsByPartition = topic.Partitions.ConvertAll(
                partition => new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult
                {
                    PartitionIndex = partition,
                    PartitionErrorCode = errorOf(new(topic.Name, partition)),
                }),
        });
}
