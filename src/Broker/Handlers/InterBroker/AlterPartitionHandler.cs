using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>AlterPartition: a leader asks the controller to change the ISRs of its partitions. KIP-497.</summary>
public sealed class AlterPartitionHandler(IControllerApi controller, IInterBrokerAccess access)
    : IHandler<AlterPartitionRequest, AlterPartitionResponse>
{
    public async ValueTask<AlterPartitionResponse?> Handle(AlterPartitionRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.AlterPartition)
            ? await controller.AlterPartition(request)
            : new AlterPartitionResponse { ErrorCode = KafkaError.ClusterAuthorizationFailed };
}
