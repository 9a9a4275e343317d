using KafkaCompatBroker.Controller.Context;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The brokers' answers to StopReplica: the TopicDeletionStopReplicaResponseReceived event. They matter only where a replica was to be
/// deleted. Part of <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class StopReplicaAnswers(ControllerContext context, TopicDeletion topicDeletion, ILog log)
{
    public async Task Handle(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response)
    {
        // What a broker has said before it was registered anew says nothing about what it was asked then: its return has begun that again.
        if (context.Brokers.Find(broker)?.Epoch.Value != request.BrokerEpoch)
            return;
        var errors = response.PartitionErrors.ToDictionary(
            error => new TopicPartition(error.TopicName, error.PartitionIndex), error => error.ErrorCode);
        var deleted = new List<Replica>();
        var failed = new List<Replica>();
        foreach (var topic in request.TopicStates)
        {
            foreach (var state in topic.PartitionStates)
            {
                var replica = new Replica(new TopicPartition(topic.TopicName, state.PartitionIndex), broker);
                if (!state.DeletePartition || context.StateOf(replica) != ReplicaState.DeletionStarted)
                    continue;
                var error = response.ErrorCode != KafkaError.None ? response.ErrorCode : errors.GetValueOrDefault(replica.Partition);
                if (error != KafkaError.None)
                    log.Warn("controller", $"broker={broker} partition={replica.Partition} not deleted: {error}");
                (error == KafkaError.None ? deleted : failed).Add(replica);
            }
        }
        if (deleted.Count + failed.Count == 0)
            return;
        await topicDeletion.Failed(failed);
        // The deletion of other topics may have gone on meanwhile; these replicas are where they were unless their topic began anew.
        await topicDeletion.Succeeded([.. deleted.Where(replica => context.StateOf(replica) == ReplicaState.DeletionStarted)]);
    }
}
