using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>UpdateMetadata: another broker's controller says what clients are to be told of the cluster.</summary>
public sealed class UpdateMetadataHandler(ControllerRequestApplier applier, IInterBrokerAccess access)
    : IHandler<UpdateMetadataRequest, UpdateMetadataResponse>
{
    public async ValueTask<UpdateMetadataResponse?> Handle(UpdateMetadataRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.UpdateMetadata)
            ? await applier.Apply(request)
            : new UpdateMetadataResponse { ErrorCode = KafkaError.ClusterAuthorizationFailed };
}
