using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>ControlledShutdown: a broker that is about to stop has the controller move its leaders to others.</summary>
public sealed class ControlledShutdownHandler(IControllerApi controller, IInterBrokerAccess access)
    : IHandler<ControlledShutdownRequest, ControlledShutdownResponse>
{
    public async ValueTask<ControlledShutdownResponse?> Handle(ControlledShutdownRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.ControlledShutdown)
            ? await controller.ControlledShutdown(request)
            : new ControlledShutdownResponse { ErrorCode = KafkaError.ClusterAuthorizationFailed };
}
