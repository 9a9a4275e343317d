using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>AllocateProducerIds: a broker asks the controller for producer ids to give out. KIP-730.</summary>
public sealed class AllocateProducerIdsHandler(IControllerApi controller, IInterBrokerAccess access)
    : IHandler<AllocateProducerIdsRequest, AllocateProducerIdsResponse>
{
    public async ValueTask<AllocateProducerIdsResponse?> Handle(AllocateProducerIdsRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.AllocateProducerIds)
            ? await controller.AllocateProducerIds(request)
            : new AllocateProducerIdsResponse { ErrorCode = KafkaError.ClusterAuthorizationFailed };
}
