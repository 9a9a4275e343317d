using KafkaCompatBroker.Controller.Context;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The brokers' answers to LeaderAndIsr: the LeaderAndIsrResponseReceived event. As in Kafka only KAFKA_STORAGE_ERROR changes a state: the
/// replica's log dir has failed, and the replica is offline until a later answer has no error for it. A replica refused for another reason
/// stays as it is, though its broker does not serve it and clients are still told of it; so each refusal is told, once until the broker
/// serves the replica or registers anew. It is the broker that has the reason, as an ERROR in its log. Part of
/// <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class LeaderAndIsrAnswers(ControllerContext context, OfflineReplicas offlineReplicas, ILog log)
{
    public async Task Handle(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response)
    {
        if (response.ErrorCode != KafkaError.None)
        {
            LogRefusal(broker, response.ErrorCode);
            return;
        }
        if (!context.Brokers.IsLive(broker))
            return;
        var names = request.TopicStates.ToDictionary(topic => topic.TopicId, topic => topic.TopicName);
        var newlyOffline = new List<Replica>();
        foreach (var topic in response.Topics)
        {
            if (!names.TryGetValue(topic.TopicId, out var name))
                continue;
            foreach (var answer in topic.PartitionErrors)
            {
                var replica = new Replica(new TopicPartition(name, answer.PartitionIndex), broker);
                if (Handle(replica, answer.ErrorCode))
                    newlyOffline.Add(replica);
            }
        }
        if (newlyOffline.Count == 0)
            return;
        log.Warn("controller", $"broker={broker} has {newlyOffline.Count} replicas in a log dir that failed");
        await offlineReplicas.Handle(newlyOffline);
    }

    /// <summary>True when the replica was online until now and is not any more.</summary>
    private bool Handle(Replica replica, KafkaError error)
    {
        switch (error)
        {
            case KafkaError.None:
                context.Brokers.SetServed(replica);
                return false;
            // The broker has this leader epoch already: a request was sent twice, or to probe the log dirs.
            case KafkaError.StaleControllerEpoch:
            // The topic was deleted since.
            case var _ when context.AssignmentOf(replica.Partition) is null:
                return false;
        }
        if (context.Brokers.SetRefused(replica, error))
            log.Warn("controller", $"broker={replica.Broker} partition={replica.Partition} refused LeaderAndIsr: {error}");
        return error == KafkaError.KafkaStorageError && context.Brokers.SetInFailedLogDir(replica);
    }

    /// <summary>
    /// A stale epoch says that the broker, or the controller, is another one by now, and that the request is of no use any more.
    /// </summary>
    private void LogRefusal(BrokerId broker, KafkaError error)
    {
        if (error is KafkaError.StaleBrokerEpoch or KafkaError.StaleControllerEpoch)
            log.Warn("controller", $"broker={broker} refused LeaderAndIsr: {error}");
        else
            log.Error("controller", $"broker={broker} refused LeaderAndIsr, and serves none of its partitions: {error}");
    }
}
