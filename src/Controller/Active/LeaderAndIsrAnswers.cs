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
        if (!context.Brokers.IsRegistered(broker))
            return;
        var newlyOffline = new List<Replica>();
        foreach (var (partition, error) in ErrorsOf(request, response))
        {
            var replica = new Replica(partition, broker);
            if (Handle(replica, error))
                newlyOffline.Add(replica);
        }
        if (newlyOffline.Count == 0)
            return;
        log.Warn("controller", $"broker={broker} has {newlyOffline.Count} replicas in a log dir that failed");
        await offlineReplicas.Handle(newlyOffline);
    }

    /// <summary>Older versions name partitions, and so do newer ones where a topic has no id.</summary>
    private static IEnumerable<(TopicPartition Partition, KafkaError Error)> ErrorsOf(
        LeaderAndIsrRequest request, LeaderAndIsrResponse response)
    {
        foreach (var answer in response.PartitionErrors)
            yield return (new TopicPartition(answer.TopicName, answer.PartitionIndex), answer.ErrorCode);
        var names = new Dictionary<TopicId, string>();
        foreach (var topic in request.TopicStates.Where(topic => !topic.TopicId.IsZero))
            names[topic.TopicId] = topic.TopicName;
        foreach (var topic in response.Topics)
        {
            if (!names.TryGetValue(topic.TopicId, out var name))
                continue;
            foreach (var answer in topic.PartitionErrors)
                yield return (new TopicPartition(name, answer.PartitionIndex), answer.ErrorCode);
        }
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
