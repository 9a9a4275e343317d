using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The requests of one batch to one broker, sent in this order: who leads what, then what everybody should know, then what goes.
/// </summary>
internal sealed record BrokerRequests(
    LeaderAndIsrRequest? LeaderAndIsr, UpdateMetadataRequest? UpdateMetadata, StopReplicaRequest? StopReplica);

/// <summary>
/// Gathers what one step of the controller has to tell the brokers, and makes at most one request of each kind per broker of it. A
/// LeaderAndIsr for a partition brings it into the UpdateMetadata for all. "New" and "delete" stick: once said in a batch they are not
/// taken back. The requests are those of inter.broker.protocol.version 3.9 (LeaderAndIsr 7, UpdateMetadata 8, StopReplica 4). Touched only
/// on the coordination loop; filled and taken between awaits.
/// </summary>
internal sealed class RequestBatch(ControllerContext context, BrokerId me, ControllerEpoch epoch, string listener)
{
    private readonly record struct Leading(LeaderAndIsr Leadership, ReplicaAssignment Assignment, bool IsNew);

    private readonly Dictionary<BrokerId, Dictionary<TopicPartition, Leading>> leading = [];
    private readonly Dictionary<BrokerId, Dictionary<TopicPartition, bool>> stopping = [];
    private readonly HashSet<BrokerId> toldBrokers = [];
    private readonly Dictionary<TopicPartition, UpdateMetadataRequest.UpdateMetadataPartitionState> metadata = [];

    /// <summary>Tells these brokers the leadership, as it is in the context, of a partition they have a replica of.</summary>
    public void AddLeaderAndIsr(IEnumerable<BrokerId> brokers, TopicPartition partition, bool isNew)
    {
        if (context.LeadershipOf(partition) is not { } leadership || context.AssignmentOf(partition) is not { } assignment)
            return;
        foreach (var broker in brokers.Where(broker => broker.Value >= 0))
        {
            var ofBroker = Of(leading, broker);
            var wasNew = ofBroker.TryGetValue(partition, out var before) && before.IsNew;
            ofBroker[partition] = new Leading(leadership, assignment, isNew || wasNew);
        }
        AddUpdateMetadata(context.LiveBrokerIds, [partition]);
    }

    /// <summary>Tells these brokers who is alive and these partitions' leadership; one that has none yet is left out.</summary>
    public void AddUpdateMetadata(IEnumerable<BrokerId> brokers, IEnumerable<TopicPartition> partitions)
    {
        toldBrokers.UnionWith(brokers.Where(broker => broker.Value >= 0));
        foreach (var partition in partitions)
        {
            if (context.LeadershipOf(partition) is { } leadership)
                metadata[partition] = MetadataOf(partition, leadership);
        }
    }

    public void AddStopReplica(BrokerId broker, TopicPartition partition, bool delete)
    {
        if (broker.Value < 0)
            return;
        var ofBroker = Of(stopping, broker);
        ofBroker[partition] = delete || ofBroker.GetValueOrDefault(partition);
    }

    /// <summary>The requests for each live broker, in broker order; the batch is empty again then.</summary>
    public IReadOnlyList<KeyValuePair<BrokerId, BrokerRequests>> Take()
    {
        var requests = new List<KeyValuePair<BrokerId, BrokerRequests>>();
        foreach (var broker in context.LiveBrokers.Values)
        {
            var ofBroker = new BrokerRequests(LeaderAndIsrFor(broker), UpdateMetadataFor(broker), StopReplicaFor(broker));
            if (ofBroker is not (null, null, null))
                requests.Add(new KeyValuePair<BrokerId, BrokerRequests>(broker.Id, ofBroker));
        }
        leading.Clear();
        stopping.Clear();
        toldBrokers.Clear();
        metadata.Clear();
        return requests;
    }

    private LeaderAndIsrRequest? LeaderAndIsrFor(LiveBroker broker)
    {
        if (!leading.TryGetValue(broker.Id, out var partitions))
            return null;
        return new LeaderAndIsrRequest
        {
            ControllerId = me.Value,
            ControllerEpoch = epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. partitions.GroupBy(
                entry => entry.Key.Topic, StringComparer.Ordinal).Select(topic => new LeaderAndIsrRequest.LeaderAndIsrTopicState
            {
                TopicName = topic.Key,
                TopicId = context.TopicIds.GetValueOrDefault(topic.Key),
                PartitionStates = [.. topic.Select(entry => LeadingOf(entry.Key, entry.Value))],
            })],
            LiveLeaders = LiveLeadersOf(partitions.Values),
        };
    }

    private static LeaderAndIsrRequest.LeaderAndIsrPartitionState LeadingOf(TopicPartition partition, Leading value) => new()
    {
        TopicName = partition.Topic,
        PartitionIndex = partition.Partition,
        ControllerEpoch = value.Leadership.ControllerEpoch.Value,
        Leader = value.Leadership.Leader.Value,
        LeaderEpoch = value.Leadership.LeaderEpoch.Value,
        Isr = Numbers(value.Leadership.Isr),
        PartitionEpoch = value.Leadership.PartitionEpoch.Value,
        Replicas = Numbers(value.Assignment.Replicas),
        AddingReplicas = Numbers(value.Assignment.Adding),
        RemovingReplicas = Numbers(value.Assignment.Removing),
        IsNew = value.IsNew,
        LeaderRecoveryState = (sbyte)value.Leadership.RecoveryState,
    };

    private List<LeaderAndIsrRequest.LeaderAndIsrLiveLeader> LiveLeadersOf(IEnumerable<Leading> partitions)
    {
        var leaders = new List<LeaderAndIsrRequest.LeaderAndIsrLiveLeader>();
        foreach (var leader in partitions.Select(partition => partition.Leadership.Leader).Distinct())
        {
            if (context.LiveBrokers.TryGetValue(leader.Value, out var broker) && broker.EndpointOf(listener) is { } endpoint)
                leaders.Add(new LeaderAndIsrRequest.LeaderAndIsrLiveLeader
                {
                    BrokerId = leader.Value,
                    HostName = endpoint.Host,
                    Port = endpoint.Port,
                });
        }
        return leaders;
    }

    private UpdateMetadataRequest? UpdateMetadataFor(LiveBroker broker)
    {
        if (!toldBrokers.Contains(broker.Id))
            return null;
        return new UpdateMetadataRequest
        {
            ControllerId = me.Value,
            ControllerEpoch = epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. metadata.GroupBy(
                entry => entry.Key.Topic, StringComparer.Ordinal).Select(topic => new UpdateMetadataRequest.UpdateMetadataTopicState
            {
                TopicName = topic.Key,
                TopicId = context.TopicIds.GetValueOrDefault(topic.Key),
                PartitionStates = [.. topic.Select(entry => entry.Value)],
            })],
            LiveBrokers = [.. context.LiveBrokers.Values.Select(BrokerOf)],
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
            SecurityProtocol = endpoint.SecurityProtocol,
        })],
    };

    // Brokers drop a partition led by −2 from their metadata, and the offsets of groups with it.
    private UpdateMetadataRequest.UpdateMetadataPartitionState MetadataOf(TopicPartition partition, LeaderAndIsr leadership)
    {
        var isToBeDeleted = context.IsToBeDeleted(partition.Topic);
        var replicas = context.ReplicaIdsOf(partition);
        return new UpdateMetadataRequest.UpdateMetadataPartitionState
        {
            TopicName = partition.Topic,
            PartitionIndex = partition.Partition,
            ControllerEpoch = leadership.ControllerEpoch.Value,
            Leader = isToBeDeleted ? LeaderAndIsr.LeaderDuringDelete.Value : leadership.Leader.Value,
            LeaderEpoch = isToBeDeleted ? 0 : leadership.LeaderEpoch.Value,
            Isr = Numbers(leadership.Isr),
            ZkVersion = isToBeDeleted ? 0 : leadership.PartitionEpoch.Value,
            Replicas = Numbers(replicas),
            OfflineReplicas = Numbers(replicas.Where(replica => !context.IsOnline(replica, partition))),
        };
    }

    private StopReplicaRequest? StopReplicaFor(LiveBroker broker)
    {
        if (!stopping.TryGetValue(broker.Id, out var partitions))
            return null;
        return new StopReplicaRequest
        {
            ControllerId = me.Value,
            ControllerEpoch = epoch.Value,
            BrokerEpoch = broker.Epoch.Value,
            TopicStates = [.. partitions.GroupBy(
                entry => entry.Key.Topic, StringComparer.Ordinal).Select(topic => new StopReplicaRequest.StopReplicaTopicState
            {
                TopicName = topic.Key,
                PartitionStates = [.. topic.Select(entry => new StopReplicaRequest.StopReplicaPartitionState
                {
                    PartitionIndex = entry.Key.Partition,
                    LeaderEpoch = StopEpochOf(entry.Key).Value,
                    DeletePartition = entry.Value,
                })],
            })],
        };
    }

    private LeaderEpoch StopEpochOf(TopicPartition partition) => context.IsToBeDeleted(partition.Topic)
        ? LeaderAndIsr.EpochDuringDelete
        : context.LeadershipOf(partition)?.LeaderEpoch ?? LeaderEpoch.Unknown;

    private static List<int> Numbers(IEnumerable<BrokerId> ids) => [.. ids.Select(id => id.Value)];

    private static Dictionary<TopicPartition, T> Of<T>(Dictionary<BrokerId, Dictionary<TopicPartition, T>> all, BrokerId broker)
    {
        if (!all.TryGetValue(broker, out var ofBroker))
            all.Add(broker, ofBroker = []);
        return ofBroker;
    }
}
