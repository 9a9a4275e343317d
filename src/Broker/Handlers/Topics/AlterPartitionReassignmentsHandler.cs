using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Has the controller begin or cancel reassignments. The answer says that they have begun; ListPartitionReassignments shows what is left.
/// KIP-455.
/// </summary>
public sealed class AlterPartitionReassignmentsHandler(IControllerRole controller)
    : IHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public async ValueTask<AlterPartitionReassignmentsResponse?> Handle(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        var targets = new Dictionary<TopicPartition, IReadOnlyList<BrokerId>?>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
                targets[new TopicPartition(topic.Name, partition.PartitionIndex)] =
                    partition.Replicas?.ConvertAll(id => new BrokerId(id));
        }
        var response = new AlterPartitionReassignmentsResponse { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        if (await controller.AlterReassignments(targets, request.AllowReplicationFactorChange) is not { } results)
        {
            response.ErrorCode = KafkaError.NotController;
            response.ErrorMessage = NotControllerMessage;
            return response;
        }
        response.Responses =
        [
            .. targets.Keys.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
                topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => Result(partition, results[partition]))],
                }),
        ];
        return response;
    }

    internal const string NotControllerMessage = "This is not the correct controller for this cluster.";

    private static AlterPartitionReassignmentsResponse.ReassignablePartitionResponse Result(
        TopicPartition partition, ReassignmentResult result) => new()
        {
            PartitionIndex = partition.Partition,
            ErrorCode = result.Error,
            ErrorMessage = result.Message,
        };
}
