using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;
using Answer = KafkaCompatBroker.Protocol.Messages.DescribeTransactionsResponse.TransactionStateData;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>DescribeTransactions: where each transactional id stands, and which partitions its open transaction has. KIP-664.</summary>
public sealed class DescribeTransactionsHandler(TransactionCoordinator transactions)
    : IHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    public async ValueTask<DescribeTransactionsResponse?> Handle(DescribeTransactionsRequest request, RequestContext context)
        => new() { TransactionStates = [.. await request.TransactionalIds.Select(Describe).InOrder()] };

    private async Task<Answer> Describe(string transactionalId)
    {
        var description = await transactions.Describe(transactionalId);
        if (description.Transaction is not { } transaction)
            return new Answer { TransactionalId = transactionalId, ErrorCode = description.Error };
        return new Answer
        {
            TransactionalId = transactionalId,
            TransactionState = transaction.State.ToString(),
            TransactionTimeoutMs = transaction.TimeoutMs,
            TransactionStartTimeMs = transaction.StartMs,
            ProducerId = transaction.Producer.ProducerId,
            ProducerEpoch = transaction.Producer.Epoch,
            Topics = [.. transaction.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
                topic => new DescribeTransactionsResponse.TopicData
                {
                    Topic = topic.Key,
                    Partitions = [.. topic.Select(partition => partition.Partition)],
                })],
        };
    }
}
