using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>
/// LeaderAndIsr: another broker's controller says what this one leads and follows. Where the settings of a new partition's topic cannot be
/// read the connection closes in place of an answer: a controller sends again what was not answered, and takes any answer for the last
/// word.
/// </summary>
public sealed class LeaderAndIsrHandler(ControllerRequestApplier applier, IInterBrokerAccess access, ILog log)
    : IHandler<LeaderAndIsrRequest, LeaderAndIsrResponse>
{
    public async ValueTask<LeaderAndIsrResponse?> Handle(LeaderAndIsrRequest request, RequestContext context)
    {
        if (!await access.Allows(context, ApiKey.LeaderAndIsr))
            return Refused(request, KafkaError.ClusterAuthorizationFailed);
        try
        {
            var response = await applier.Apply(request);
            return response.ErrorCode == KafkaError.None
                ? Shaped(response, request.AnswersByTopicId)
                : Refused(request, response.ErrorCode);
        }
        catch (ZooKeeperFailed failed)
        {
            log.Warn(
                "replicas", $"LeaderAndIsr controller={request.ControllerId} controllerEpoch={request.ControllerEpoch} not carried out; "
                + $"its connection is closed, so that it is sent again: {failed.Message}");
            context.CloseConnection();
            return null;
        }
    }

    /// <summary>A request that is refused as a whole has the error for each of its partitions too, as in Kafka.</summary>
    private static LeaderAndIsrResponse Refused(LeaderAndIsrRequest request, KafkaError error)
    {
        var response = new LeaderAndIsrResponse { ErrorCode = error };
        foreach (var state in request.UngroupedPartitionStates)
            response.PartitionErrors.Add(RefusedPartition(state, state.TopicName, error));
        foreach (var topic in request.TopicStates)
        {
            var errors = topic.PartitionStates.ConvertAll(state => RefusedPartition(state, topic.TopicName, error));
            if (request.AnswersByTopicId)
                response.Topics.Add(new() { TopicId = topic.TopicId, PartitionErrors = errors });
            else
                response.PartitionErrors.AddRange(errors);
        }
        return response;
    }

    private static LeaderAndIsrResponse.LeaderAndIsrPartitionError RefusedPartition(
        LeaderAndIsrRequest.LeaderAndIsrPartitionState state, string topic, KafkaError error) => new()
    {
        TopicName = topic,
        PartitionIndex = state.PartitionIndex,
        ErrorCode = error,
    };

    /// <summary>Versions that answer by topic id have no names: topics without an id are answered together under the zero id.</summary>
    private static LeaderAndIsrResponse Shaped(LeaderAndIsrResponse response, bool byTopicId)
    {
        if (!byTopicId || response.PartitionErrors.Count == 0)
            return response;
        return new LeaderAndIsrResponse
        {
            ErrorCode = response.ErrorCode,
            Topics = [.. response.Topics, new() { TopicId = TopicId.Zero, PartitionErrors = response.PartitionErrors }],
        };
    }
}
