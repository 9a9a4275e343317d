using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// What a controller's request does to this broker, whether its own controller or another broker's has sent it: it passes the fences, is
/// applied in turn with the controller's other requests (<see cref="ControllerRequests"/>), and its answer goes back to whoever sent it.
/// Holds no state; callable from anywhere.
/// </summary>
public sealed class ControllerRequestApplier(
    Replicas replicas, MetadataCache metadata, TopicConfigs topicConfigs, GroupCoordinator groups)
{
    /// <summary>Told of each LeaderAndIsr that was applied, by the registration of this broker that it was meant for.</summary>
    public Action<BrokerEpoch> LeadershipTold { get; init; } = static _ => { };

    /// <summary>
    /// Leads and follows what the request says. The settings of topics with new partitions are read before, because a log is made with the
    /// settings of its topic.
    /// </summary>
    /// <exception cref="ZooKeeperFailed">
    /// The settings cannot be read now, and nothing has been applied. Such a request must be left without an answer: a controller sends
    /// again what was not answered (<see cref="Requests.RequestContext.CloseConnection"/> on the wire), but takes any answer,
    /// UnknownServerError too, for the last word, and then nobody would ever lead the new partitions. A log made with the broker's defaults
    /// instead might delete what its topic was to keep.
    /// </exception>
    public async Task<LeaderAndIsrResponse> Apply(LeaderAndIsrRequest request)
    {
        await topicConfigs.ReadNew(request);
        var response = await replicas.Apply(request);
        if (response.ErrorCode == KafkaError.None)
            LeadershipTold(new BrokerEpoch(request.BrokerEpoch));
        return response;
    }

    /// <summary>Stops the replicas that the request names and deletes those it says.</summary>
    public Task<StopReplicaResponse> Apply(StopReplicaRequest request) => replicas.Apply(request);

    /// <summary>Takes the request into the metadata that clients are told, and forgets all else about topics that it has deleted.</summary>
    public Task<UpdateMetadataResponse> Apply(UpdateMetadataRequest request) => replicas.Requests.InTurn(async () =>
    {
        var refusal = replicas.Requests.Fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (refusal == KafkaError.None)
            Forget(await metadata.Apply(request));
        return new UpdateMetadataResponse { ErrorCode = refusal };
    });

    private void Forget(IReadOnlyCollection<string> deletedTopics)
    {
        foreach (var topic in deletedTopics)
            topicConfigs.Forget(topic);
        groups.OnTopicsDeleted(deletedTopics);
    }
}
