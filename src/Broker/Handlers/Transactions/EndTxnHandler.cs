using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>EndTxn: a producer commits or aborts its transaction, which is certain once it is answered. KIP-98.</summary>
public sealed class EndTxnHandler(TransactionCoordinator transactions) : IHandler<EndTxnRequest, EndTxnResponse>
{
    public async ValueTask<EndTxnResponse?> Handle(EndTxnRequest request, RequestContext context)
    {
        var error = await transactions.End(
            new TransactionEnd(request.TransactionalId, new(request.ProducerId, request.ProducerEpoch), request.Committed));
        return new EndTxnResponse { ErrorCode = FencingErrors.For(request.KnowsProducerFenced, error) };
    }
}
