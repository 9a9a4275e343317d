using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Coordinators.Transactions;

namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>
/// InitProducerId: gives an idempotent producer an id that no other has. Transactions are not built: a transactional id is refused with the
/// error that every client takes as final and shows to its user, instead of one that it retries for ever. KIP-98.
/// </summary>
public sealed class InitProducerIdHandler(ProducerIds producerIds, BrokerConfig config)
    : IHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    public async ValueTask<InitProducerIdResponse?> Handle(InitProducerIdRequest request, RequestContext context)
    {
        if (Check(request) is var refused and not KafkaError.None)
            return Failed(refused);
        // A producer without a transactional id that names its old id gets a new one all the same.
        return await producerIds.Next() is { } producerId
            ? new InitProducerIdResponse { ProducerId = producerId, ProducerEpoch = 0 }
            : Failed(KafkaError.CoordinatorLoadInProgress);
    }

    private KafkaError Check(InitProducerIdRequest request)
    {
        if (request.TransactionalId is null)
            return request.ProducerId < 0 == request.ProducerEpoch < 0 ? KafkaError.None : KafkaError.InvalidRequest;
        if (request.TransactionalId.Length == 0)
            return KafkaError.InvalidRequest;
        return request.TransactionTimeoutMs <= 0 || request.TransactionTimeoutMs > config.TransactionMaxTimeoutMs
            ? KafkaError.InvalidTransactionTimeout
            : KafkaError.TransactionalIdAuthorizationFailed;
    }

    private static InitProducerIdResponse Failed(KafkaError error) => new() { ErrorCode = error, ProducerId = -1, ProducerEpoch = -1 };
}
