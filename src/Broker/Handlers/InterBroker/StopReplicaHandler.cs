using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>StopReplica: another broker's controller says what this one follows and holds no more.</summary>
public sealed class StopReplicaHandler(ControllerRequestApplier applier, IInterBrokerAccess access)
    : IHandler<StopReplicaRequest, StopReplicaResponse>
{
    public async ValueTask<StopReplicaResponse?> Handle(StopReplicaRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.StopReplica) ? await applier.Apply(request) : Refused(request);

    private static StopReplicaResponse Refused(StopReplicaRequest request)
    {
        var named = request.UngroupedPartitions.Select(partition => (partition.TopicName, partition.PartitionIndex))
            .Concat(request.Topics.SelectMany(topic => topic.PartitionIndexes.Select(index => (topic.Name, index))))
            .Concat(request.TopicStates.SelectMany(
                topic => topic.PartitionStates.Select(state => (topic.TopicName, state.PartitionIndex))));
        return new StopReplicaResponse
        {
            ErrorCode = KafkaError.ClusterAuthorizationFailed,
            PartitionErrors = [.. named.Select(partition => new StopReplicaResponse.StopReplicaPartitionError
            {
                TopicName = partition.Item1,
                PartitionIndex = partition.Item2,
                ErrorCode = KafkaError.ClusterAuthorizationFailed,
            })],
        };
    }
}
