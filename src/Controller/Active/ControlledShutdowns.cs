using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Brokers that say that they are about to stop: the ControlledShutdown event. Partitions with replicas elsewhere get other leaders, and
/// the broker's replicas leave the ISRs, while it still serves, so that nobody waits for it when it is gone. From then on it leads nothing
/// new, until it registers anew. Part of <see cref="ActiveController"/>; runs inside its events, on the coordination loop.
/// </summary>
internal sealed class ControlledShutdowns(
    ControllerContext context, RequestBatch batch, PartitionStateMachine partitions, ReplicaStateMachine replicas, ILog log)
{
    public async Task<ControlledShutdownResponse> Handle(ControlledShutdownRequest request)
    {
        var id = new BrokerId(request.BrokerId);
        if (context.Brokers.Find(id) is not { } broker)
            return new ControlledShutdownResponse { ErrorCode = KafkaError.BrokerNotAvailable };
        if (request.BrokerEpoch != BrokerEpoch.Unknown.Value && request.BrokerEpoch < broker.Epoch.Value)
            return new ControlledShutdownResponse { ErrorCode = KafkaError.StaleBrokerEpoch };
        log.Info("controller", $"broker={id} shuts down");
        context.Brokers.BeginShutdown(id);
        var movable = context.ReplicasOn(id).Select(replica => replica.Partition).Where(IsMovable).ToList();
        var led = movable.Where(partition => IsLedBy(partition, id)).ToList();
        var followed = movable.Where(partition => !IsLedBy(partition, id)).ToList();
        await partitions.ToOnline(led, ElectionOccasion.ControlledShutdown);
        // What it follows it stops fetching first, so that it does not ask to come back into an ISR that it is taken out of.
        foreach (var partition in followed)
            batch.AddStopReplica(new Replica(partition, id), delete: false);
        batch.Send();
        await replicas.ToOffline([.. followed.Select(partition => new Replica(partition, id))]);
        var remaining = context.PartitionsWithLeadership.Where(partition => IsLedBy(partition, id) && HasOthers(partition)).ToList();
        if (remaining.Count > 0)
            log.Warn("controller", $"broker={id} shuts down and still leads partitions={remaining.Count}, among them {remaining[0]}");
        return new ControlledShutdownResponse
        {
            RemainingPartitions = remaining.ConvertAll(partition => new ControlledShutdownResponse.RemainingPartition
            {
                TopicName = partition.Topic,
                PartitionIndex = partition.Partition,
            }),
        };
    }

    private bool IsMovable(TopicPartition partition)
        => HasOthers(partition) && context.LeadershipOf(partition) is not null && !context.ToBeDeleted.Contains(partition.Topic);

    private bool HasOthers(TopicPartition partition) => context.ReplicaIdsOf(partition).Count > 1;

    private bool IsLedBy(TopicPartition partition, BrokerId broker) => context.LeadershipOf(partition)?.Leader == broker;
}
