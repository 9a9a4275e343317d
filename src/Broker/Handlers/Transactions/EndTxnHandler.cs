using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// EndTxn: a producer commits or aborts its transaction, which is certain once it is answered. To those that raise their epoch with it the
/// answer names what they go by from then on. KIP-98, KIP-890.
/// </summary>
public sealed class EndTxnHandler(TransactionCoordinator transactions) : IHandler<EndTxnRequest, EndTxnResponse>
{
    public async ValueTask<EndTxnResponse?> Handle(EndTxnRequest request, RequestContext context)
    {
        var reply = await transactions.End(new TransactionEnd(
            request.TransactionalId, new(request.ProducerId, request.ProducerEpoch), request.Committed, request.RaisesEpoch));
        return new EndTxnResponse
        {
            ErrorCode = FencingErrors.For(request.KnowsProducerFenced, reply.Error),
            ProducerId = reply.Producer.ProducerId,
            ProducerEpoch = reply.Producer.Epoch,
        };
    }
}
