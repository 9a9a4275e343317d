using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Applies one StopReplica request: the replica stops, and with "delete" its log goes too. Runs on the replicas' loop, in turn.
/// </summary>
internal sealed class StopReplicaApplier(Replicas replicas, ReplicasSettings settings, ControllerFence fence)
{
    public async Task<StopReplicaResponse> Apply(StopReplicaRequest request)
    {
        var response = new StopReplicaResponse();
        response.ErrorCode = fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (response.ErrorCode != KafkaError.None)
        {
            settings.Log.Warn(
                "replicas",
                $"StopReplica controller={request.ControllerId} controllerEpoch={request.ControllerEpoch} refused: {response.ErrorCode}");
            return response;
        }
        foreach (var (name, leaderEpoch, delete) in Wanted(request))
        {
            response.PartitionErrors.Add(new StopReplicaResponse.StopReplicaPartitionError
            {
                TopicName = name.Topic,
                PartitionIndex = name.Partition,
                ErrorCode = await Stop(name, leaderEpoch, delete),
            });
        }
        return response;
    }

    private async Task<KafkaError> Stop(TopicPartition name, LeaderEpoch leaderEpoch, bool delete)
    {
        var partition = replicas.Find(name);
        if (LeaderAndIsrCheck.CheckStop(partition?.Snapshot.Leadership, leaderEpoch) is var refused and not KafkaError.None)
            return refused;
        if (!delete)
            return KafkaError.None;
        try
        {
            if (partition is not null)
            {
                await partition.Stop();
                replicas.Remove(name);
                replicas.TellLost(name, LeaderEpoch.Unknown);
            }
            replicas.DeleteLog(name);
            return KafkaError.None;
        }
        catch (DiskError error)
        {
            replicas.TakeDirOffline(error);
            return KafkaError.KafkaStorageError;
        }
    }

    /// <summary>The same in the three shapes that versions have.</summary>
    private static IEnumerable<(TopicPartition Name, LeaderEpoch LeaderEpoch, bool Delete)> Wanted(StopReplicaRequest request)
    {
        foreach (var topic in request.TopicStates)
        {
            foreach (var state in topic.PartitionStates)
                yield return (
                    new TopicPartition(topic.TopicName, state.PartitionIndex), new LeaderEpoch(state.LeaderEpoch), state.DeletePartition);
        }
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.PartitionIndexes)
                yield return (new TopicPartition(topic.Name, partition), LeaderEpoch.Unknown, request.DeletePartitions);
        }
        foreach (var partition in request.UngroupedPartitions)
            yield return (new TopicPartition(partition.TopicName, partition.PartitionIndex), LeaderEpoch.Unknown, request.DeletePartitions);
    }
}
