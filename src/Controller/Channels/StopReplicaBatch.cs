using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The StopReplica requests of a <see cref="RequestBatch"/>. A replica that was added to be deleted stays so in this batch.
/// </summary>
internal sealed class StopReplicaBatch(ControllerContext context, ControllerIdentity controller)
{
    private readonly Dictionary<BrokerId, Dictionary<TopicPartition, bool>> deletions = [];

    public void Add(Replica replica, bool delete)
    {
        if (!deletions.TryGetValue(replica.Broker, out var ofBroker))
            deletions.Add(replica.Broker, ofBroker = []);
        ofBroker[replica.Partition] = delete || ofBroker.GetValueOrDefault(replica.Partition);
    }

    public void Clear() => deletions.Clear();

    /// <summary>Null when there is nothing for the broker.</summary>
    public StopReplicaRequest? RequestTo(LiveBroker broker)
    {
        if (!deletions.TryGetValue(broker.Id, out var partitions))
            return null;
        var topics = partitions.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal);
        return new StopReplicaRequest
        {
            ControllerId = controller.Id.Value,
            ControllerEpoch = controller.Epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. topics.Select(topic => new StopReplicaRequest.StopReplicaTopicState
            {
                TopicName = topic.Key,
                PartitionStates = [.. topic.Select(entry => new StopReplicaRequest.StopReplicaPartitionState
                {
                    PartitionIndex = entry.Key.Partition,
                    LeaderEpoch = LeaderEpochOf(entry.Key).Value,
                    DeletePartition = entry.Value,
                })],
            })],
        };
    }

    private LeaderEpoch LeaderEpochOf(TopicPartition partition) => context.ToBeDeleted.Contains(partition.Topic)
        ? LeaderAndIsr.EpochDuringDelete
        : context.LeadershipOf(partition)?.LeaderEpoch ?? LeaderEpoch.Unknown;
}
