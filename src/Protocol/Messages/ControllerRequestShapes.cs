namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>
/// The controller's requests as older versions lay them out. They are made in the newest shape, with partitions under their topics; what is
/// given here says the same at an older version. The request that comes in is left as it is.
/// </summary>
public static class ControllerRequestShapes
{
    private const short LeaderAndIsrByTopic = 2, LeaderRecoveryStates = 6;
    private const short UpdateMetadataByTopic = 5;
    private const short StopReplicaByTopic = 1, StopReplicaByPartition = 3;

    /// <summary>Before version 2 partitions stand alone, before version 6 none says that it recovers.</summary>
    public static LeaderAndIsrRequest InShapeOf(this LeaderAndIsrRequest request, short version)
    {
        if (version >= LeaderRecoveryStates)
            return request;
        var shaped = new LeaderAndIsrRequest
        {
            ControllerId = request.ControllerId,
            ControllerEpoch = request.ControllerEpoch,
            BrokerEpoch = request.BrokerEpoch,
            LiveLeaders = request.LiveLeaders,
        };
        if (version < LeaderAndIsrByTopic)
            shaped.UngroupedPartitionStates = [.. request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(
                state => WithoutRecoveryState(state, topic.TopicName)))];
        else
            shaped.TopicStates = [.. request.TopicStates.Select(topic => new LeaderAndIsrRequest.LeaderAndIsrTopicState
            {
                TopicName = topic.TopicName,
                TopicId = topic.TopicId,
                PartitionStates = topic.PartitionStates.ConvertAll(state => WithoutRecoveryState(state, topic.TopicName)),
            })];
        return shaped;
    }

    /// <summary>Before version 5 partitions stand alone.</summary>
    public static UpdateMetadataRequest InShapeOf(this UpdateMetadataRequest request, short version)
    {
        if (version >= UpdateMetadataByTopic)
            return request;
        return new UpdateMetadataRequest
        {
            ControllerId = request.ControllerId,
            ControllerEpoch = request.ControllerEpoch,
            BrokerEpoch = request.BrokerEpoch,
            UngroupedPartitionStates = [.. request.TopicStates.SelectMany(topic => topic.PartitionStates)],
            LiveBrokers = request.LiveBrokers,
        };
    }

    /// <summary>
    /// Before version 3 a request either deletes all its partitions or none, so one becomes up to two, the one that deletes first, as in
    /// Kafka; before version 1 partitions stand alone.
    /// </summary>
    public static IReadOnlyList<StopReplicaRequest> InShapesOf(this StopReplicaRequest request, short version)
    {
        if (version >= StopReplicaByPartition)
            return [request];
        var shaped = new List<StopReplicaRequest>();
        foreach (var deletes in (bool[])[true, false])
        {
            var topics = request.TopicStates
                .Select(topic => (topic.TopicName, Partitions: PartitionsOf(topic, deletes))).Where(topic => topic.Partitions.Count > 0)
                .ToList();
            if (topics.Count > 0)
                shaped.Add(StopReplica(request, topics, deletes, version));
        }
        return shaped;
    }

    private static StopReplicaRequest StopReplica(
        StopReplicaRequest request, List<(string Name, List<int> Partitions)> topics, bool deletes, short version)
    {
        var shaped = new StopReplicaRequest
        {
            ControllerId = request.ControllerId,
            ControllerEpoch = request.ControllerEpoch,
            BrokerEpoch = request.BrokerEpoch,
            DeletePartitions = deletes,
        };
        if (version < StopReplicaByTopic)
            shaped.UngroupedPartitions = [.. topics.SelectMany(topic => topic.Partitions.Select(
                partition => new StopReplicaRequest.StopReplicaPartitionV0 { TopicName = topic.Name, PartitionIndex = partition }))];
        else
            shaped.Topics = topics.ConvertAll(
                topic => new StopReplicaRequest.StopReplicaTopicV1 { Name = topic.Name, PartitionIndexes = topic.Partitions });
        return shaped;
    }

    private static List<int> PartitionsOf(StopReplicaRequest.StopReplicaTopicState topic, bool deleted)
        => [.. topic.PartitionStates.Where(state => state.DeletePartition == deleted).Select(state => state.PartitionIndex)];

    private static LeaderAndIsrRequest.LeaderAndIsrPartitionState WithoutRecoveryState(
        LeaderAndIsrRequest.LeaderAndIsrPartitionState state, string topic) => new()
    {
        TopicName = topic,
        PartitionIndex = state.PartitionIndex,
        ControllerEpoch = state.ControllerEpoch,
        Leader = state.Leader,
        LeaderEpoch = state.LeaderEpoch,
        Isr = state.Isr,
        PartitionEpoch = state.PartitionEpoch,
        Replicas = state.Replicas,
        AddingReplicas = state.AddingReplicas,
        RemovingReplicas = state.RemovingReplicas,
        IsNew = state.IsNew,
    };
}
