using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// AddOffsetsToTxn: a producer is about to commit offsets of a group within its transaction; the group's partition of
/// <c>__consumer_offsets</c> joins it. KIP-98.
/// </summary>
public sealed class AddOffsetsToTxnHandler(TransactionCoordinator transactions, GroupCoordinator groups)
    : IHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    public async ValueTask<AddOffsetsToTxnResponse?> Handle(AddOffsetsToTxnRequest request, RequestContext context)
    {
        var home = new TopicPartition(InternalTopics.ConsumerOffsets, groups.PartitionFor(request.GroupId));
        var error = await transactions.AddPartitions(
            new PartitionsToAdd(request.TransactionalId, new(request.ProducerId, request.ProducerEpoch), [home]));
        return new AddOffsetsToTxnResponse { ErrorCode = FencingErrors.For(request.KnowsProducerFenced, error) };
    }
}
