using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// InitProducerId: gives an idempotent producer an id that no other has, and a transactional one the id of its transactional id with a new
/// epoch, which fences those before it. KIP-98, KIP-360.
/// </summary>
public sealed class InitProducerIdHandler(ProducerIds producerIds, TransactionCoordinator transactions)
    : IHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const int None = -1;

    public async ValueTask<InitProducerIdResponse?> Handle(InitProducerIdRequest request, RequestContext context)
    {
        if (request.ProducerId == None != (request.ProducerEpoch == None))
            return Failed(KafkaError.InvalidRequest);
        if (request.TransactionalId is { } transactionalId)
            return await Init(transactionalId, request);
        // A producer without a transactional id that names its old id gets a new one all the same.
        return await producerIds.Next() is { } producerId
            ? new InitProducerIdResponse { ProducerId = producerId, ProducerEpoch = 0 }
            : Failed(KafkaError.CoordinatorLoadInProgress);
    }

    private async Task<InitProducerIdResponse> Init(string transactionalId, InitProducerIdRequest request)
    {
        ProducerIdAndEpoch? expected = request.ProducerId == None ? null : new(request.ProducerId, request.ProducerEpoch);
        var reply = await transactions.Init(new ProducerInit(transactionalId, request.TransactionTimeoutMs, expected));
        if (reply.Error != KafkaError.None)
            return Failed(FencingErrors.For(request.KnowsProducerFenced, reply.Error));
        return new InitProducerIdResponse { ProducerId = reply.Producer.ProducerId, ProducerEpoch = reply.Producer.Epoch };
    }

    private static InitProducerIdResponse Failed(KafkaError error) => new() { ErrorCode = error, ProducerId = -1, ProducerEpoch = -1 };
}
