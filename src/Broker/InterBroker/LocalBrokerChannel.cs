using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Coordinators.Groups;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// The controller's way to the broker it lives in: the same three requests that another broker gets over the wire, obeyed in order behind
/// the same fences.
/// </summary>
internal sealed class LocalBrokerChannel(Replicas replicas, MetadataCache metadata, TopicConfigs topicConfigs, GroupCoordinator groups)
    : IBrokerChannel
{
    public async Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request)
    {
        // A new partition's log is made with its topic's settings, so they are read first.
        await topicConfigs.ReadNew(request);
        return await replicas.Apply(request);
    }

    public Task<StopReplicaResponse> Send(StopReplicaRequest request) => replicas.Apply(request);

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request)
        => replicas.Requests.InTurn(() => Task.FromResult(new UpdateMetadataResponse { ErrorCode = Apply(request) }));

    public void Dispose()
    {
    }

    private KafkaError Apply(UpdateMetadataRequest request)
    {
        var refused = replicas.Requests.Fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (refused != KafkaError.None)
            return refused;
        var before = metadata.Image;
        metadata.Apply(request);
        Forget([.. request.TopicStates.Select(topic => topic.TopicName).Where(
            topic => before.TryGetTopic(topic, out _) && !metadata.Image.TryGetTopic(topic, out _))]);
        return refused;
    }

    private void Forget(IReadOnlyCollection<string> deletedTopics)
    {
        foreach (var topic in deletedTopics)
            topicConfigs.Forget(topic);
        groups.OnTopicsDeleted(deletedTopics);
    }
}
