using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The LeaderAndIsr requests of a <see cref="RequestBatch"/>. A partition that was added as new stays new for that broker in this batch.
/// </summary>
internal sealed class LeaderAndIsrBatch(ControllerContext context, ControllerIdentity controller, string leaderListener)
{
    private readonly record struct Entry(LeaderAndIsr Leadership, ReplicaAssignment Assignment, bool IsNew);

    private readonly Dictionary<BrokerId, Dictionary<TopicPartition, Entry>> entries = [];

    /// <summary>False when the partition has no leadership yet.</summary>
    public bool Add(IEnumerable<BrokerId> brokers, TopicPartition partition, bool isNew)
    {
        if (context.LeadershipOf(partition) is not { } leadership || context.AssignmentOf(partition) is not { } assignment)
            return false;
        foreach (var broker in brokers)
        {
            if (!entries.TryGetValue(broker, out var ofBroker))
                entries.Add(broker, ofBroker = []);
            var wasNew = ofBroker.TryGetValue(partition, out var before) && before.IsNew;
            ofBroker[partition] = new Entry(leadership, assignment, isNew || wasNew);
        }
        return true;
    }

    public void Clear() => entries.Clear();

    /// <summary>Null when there is nothing for the broker.</summary>
    public LeaderAndIsrRequest? RequestTo(LiveBroker broker)
    {
        if (!entries.TryGetValue(broker.Id, out var partitions))
            return null;
        var topics = partitions.GroupBy(entry => entry.Key.Topic, StringComparer.Ordinal);
        return new LeaderAndIsrRequest
        {
            ControllerId = controller.Id.Value,
            ControllerEpoch = controller.Epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. topics.Select(topic => new LeaderAndIsrRequest.LeaderAndIsrTopicState
            {
                TopicName = topic.Key,
                TopicId = context.TopicIdOf(topic.Key),
                PartitionStates = [.. topic.Select(entry => StateOf(entry.Key, entry.Value))],
            })],
            LiveLeaders = LiveLeadersOf(partitions.Values),
        };
    }

    private static LeaderAndIsrRequest.LeaderAndIsrPartitionState StateOf(TopicPartition partition, Entry entry) => new()
    {
        TopicName = partition.Topic,
        PartitionIndex = partition.Partition,
        ControllerEpoch = entry.Leadership.ControllerEpoch.Value,
        Leader = entry.Leadership.Leader.Value,
        LeaderEpoch = entry.Leadership.LeaderEpoch.Value,
        Isr = Numbers(entry.Leadership.Isr),
        PartitionEpoch = entry.Leadership.PartitionEpoch.Value,
        Replicas = Numbers(entry.Assignment.Replicas),
        AddingReplicas = Numbers(entry.Assignment.Adding),
        RemovingReplicas = Numbers(entry.Assignment.Removing),
        IsNew = entry.IsNew,
        LeaderRecoveryState = (sbyte)entry.Leadership.RecoveryState,
    };

    /// <summary>Where the leaders that the request names are reached; those that are not live are left out.</summary>
    private List<LeaderAndIsrRequest.LeaderAndIsrLiveLeader> LiveLeadersOf(IEnumerable<Entry> partitions)
    {
        var leaders = new List<LeaderAndIsrRequest.LeaderAndIsrLiveLeader>();
        foreach (var leader in partitions.Select(partition => partition.Leadership.Leader).Distinct())
        {
            if (context.Brokers.Find(leader)?.EndpointOf(leaderListener) is { } endpoint)
                leaders.Add(new LeaderAndIsrRequest.LeaderAndIsrLiveLeader
                {
                    BrokerId = leader.Value,
                    HostName = endpoint.Host,
                    Port = endpoint.Port,
                });
        }
        return leaders;
    }

    private static List<int> Numbers(IEnumerable<BrokerId> ids) => [.. ids.Select(id => id.Value)];
}
