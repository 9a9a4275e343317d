using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>The reassignments in progress, of the partitions named or of all, as the controller knows them. KIP-455.</summary>
public sealed class ListPartitionReassignmentsHandler(IControllerRole controller)
    : IHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public async ValueTask<ListPartitionReassignmentsResponse?> Handle(ListPartitionReassignmentsRequest request, RequestContext context)
    {
        var named = request.Topics?.SelectMany(
            topic => topic.PartitionIndexes.Select(partition => new TopicPartition(topic.Name, partition))).Distinct().ToArray();
        if (await controller.ListReassignments(named) is not { } listed)
            return new ListPartitionReassignmentsResponse
            {
                ErrorCode = KafkaError.NotController,
                ErrorMessage = AlterPartitionReassignmentsHandler.NotControllerMessage,
            };
        return new ListPartitionReassignmentsResponse
        {
            Topics = [.. listed.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal).Select(
                topic => new ListPartitionReassignmentsResponse.OngoingTopicReassignment
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(entry => Ongoing(entry.Key, entry.Value))],
                })],
        };
    }

    private static ListPartitionReassignmentsResponse.OngoingPartitionReassignment Ongoing(
        TopicPartition partition, ReplicaAssignment assignment) => new()
        {
            PartitionIndex = partition.Partition,
            Replicas = Numbers(assignment.Replicas),
            AddingReplicas = Numbers(assignment.Adding),
            RemovingReplicas = Numbers(assignment.Removing),
        };

    private static List<int> Numbers(IReadOnlyList<BrokerId> ids) => [.. ids.Select(id => id.Value)];
}
