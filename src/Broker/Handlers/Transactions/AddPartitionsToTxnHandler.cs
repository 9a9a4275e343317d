using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// AddPartitionsToTxn: a producer says what it is about to write to; in the newer versions brokers say so for several producers, or ask
/// whether a transaction has the partitions that one of them writes to. KIP-98, KIP-890.
/// </summary>
public sealed class AddPartitionsToTxnHandler(TransactionPartitions partitions, IInterBrokerAccess access)
    : IHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    public async ValueTask<AddPartitionsToTxnResponse?> Handle(AddPartitionsToTxnRequest request, RequestContext context)
    {
        if (request.Batched)
            return await access.Allows(context, ApiKey.AddPartitionsToTxn)
                ? await partitions.Add(request)
                : new AddPartitionsToTxnResponse { ErrorCode = KafkaError.ClusterAuthorizationFailed };
        var producer = new ProducerIdAndEpoch(request.V3AndBelowProducerId, request.V3AndBelowProducerEpoch);
        var results = await partitions.AddForClient(request.V3AndBelowTransactionalId, producer, request.V3AndBelowTopics);
        foreach (var partition in results.SelectMany(topic => topic.ResultsByPartition))
            partition.PartitionErrorCode = FencingErrors.For(request.KnowsProducerFenced, partition.PartitionErrorCode);
        return new() { ResultsByTopicV3AndBelow = results };
    }
}
