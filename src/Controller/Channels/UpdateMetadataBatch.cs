using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The UpdateMetadata requests of a <see cref="RequestBatch"/>: the same partitions and all live brokers for everybody who gets one.
/// </summary>
internal sealed class UpdateMetadataBatch(ControllerContext context, ControllerIdentity controller)
{
    private readonly HashSet<BrokerId> recipients = [];
    private readonly Dictionary<TopicPartition, UpdateMetadataRequest.UpdateMetadataPartitionState> partitionStates = [];

    /// <summary>Partitions that have no leadership yet are left out.</summary>
    public void Add(IEnumerable<BrokerId> brokers, IEnumerable<TopicPartition> partitions)
    {
        recipients.UnionWith(brokers);
        foreach (var partition in partitions)
        {
            if (context.LeadershipOf(partition) is { } leadership)
                partitionStates[partition] = StateOf(partition, leadership);
        }
    }

    public void Clear()
    {
        recipients.Clear();
        partitionStates.Clear();
    }

    /// <summary>Null when there is nothing for the broker.</summary>
    public UpdateMetadataRequest? RequestTo(LiveBroker broker)
    {
        if (!recipients.Contains(broker.Id))
            return null;
        var topics = partitionStates.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal);
        return new UpdateMetadataRequest
        {
            ControllerId = controller.Id.Value,
            ControllerEpoch = controller.Epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. topics.Select(topic => new UpdateMetadataRequest.UpdateMetadataTopicState
            {
                TopicName = topic.Key,
                TopicId = context.TopicIdOf(topic.Key),
                PartitionStates = [.. topic.Select(entry => entry.Value)],
            })],
            LiveBrokers = [.. context.Brokers.All.Select(BrokerOf)],
        };
    }

    private static UpdateMetadataRequest.UpdateMetadataBroker BrokerOf(LiveBroker broker) => new()
    {
        Id = broker.Id.Value,
        Rack = broker.Info.Rack,
        Endpoints = [.. broker.Info.Endpoints.Select(endpoint => new UpdateMetadataRequest.UpdateMetadataEndpoint
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            Listener = endpoint.Listener,
            SecurityProtocol = (short)endpoint.SecurityProtocol,
        })],
    };

    private UpdateMetadataRequest.UpdateMetadataPartitionState StateOf(TopicPartition partition, LeaderAndIsr leadership)
    {
        var isToBeDeleted = context.ToBeDeleted.Contains(partition.Topic);
        var replicas = context.ReplicasOf(partition).ToArray();
        return new UpdateMetadataRequest.UpdateMetadataPartitionState
        {
            TopicName = partition.Topic,
            PartitionIndex = partition.Partition,
            ControllerEpoch = leadership.ControllerEpoch.Value,
            Leader = isToBeDeleted ? LeaderAndIsr.LeaderDuringDelete.Value : leadership.Leader.Value,
            LeaderEpoch = isToBeDeleted ? 0 : leadership.LeaderEpoch.Value,
            Isr = Numbers(leadership.Isr),
            ZkVersion = isToBeDeleted ? 0 : leadership.PartitionEpoch.Value,
            Replicas = Numbers(replicas.Select(replica => replica.Broker)),
            OfflineReplicas = Numbers(
                replicas.Where(replica => !context.Brokers.IsOnline(replica)).Select(replica => replica.Broker)),
        };
    }

    private static List<int> Numbers(IEnumerable<BrokerId> ids) => [.. ids.Select(id => id.Value)];
}
