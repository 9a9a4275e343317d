using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// Applies one StopReplica request, as Kafka does. With deletion the partition goes and its log with it, also a log of which no partition
/// is known. Without, a follower copies nothing more from its leader, while partition, role and log stay as they are: the controller sends
/// that to replicas of brokers that shut down or of log dirs that failed. Runs on the replicas' loop, in turn.
/// </summary>
internal sealed class StopReplicaApplier(
    ControllerFence fence,
    HostedPartitions partitions,
    ReplicaLogs logs,
    RefusedPartitions refusedPartitions,
    LeadershipListeners listeners,
    ReplicaFetchers? fetchers,
    LogDirMoves moves,
    ILog log)
{
    public async Task<StopReplicaResponse> Apply(StopReplicaRequest request)
    {
        var response = new StopReplicaResponse();
        response.ErrorCode = fence.Check(new BrokerEpoch(request.BrokerEpoch), new ControllerEpoch(request.ControllerEpoch));
        if (response.ErrorCode != KafkaError.None)
        {
            log.Warn(
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
        fetchers?.StopIdle();
        return response;
    }

    private async Task<KafkaError> Stop(TopicPartition name, LeaderEpoch leaderEpoch, bool delete)
    {
        var partition = partitions.Find(name);
        if (LeaderAndIsrCheck.CheckStop(partition?.Snapshot.Leadership, leaderEpoch) is var refused and not KafkaError.None)
            return refused;
        fetchers?.Remove(name);
        if (delete)
            return await Delete(name, partition);
        if (partition is not null)
            await partition.StopFetching();
        return KafkaError.None;
    }

    private async Task<KafkaError> Delete(TopicPartition name, Partition? partition)
    {
        await moves.End(name);
        if (partition is not null)
        {
            await partition.Stop();
            partitions.Remove(name);
            listeners.TellLost(name, LeaderEpoch.Unknown);
        }
        refusedPartitions.Remove(name);
        return logs.TryDelete(name) ? KafkaError.None : KafkaError.KafkaStorageError;
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
