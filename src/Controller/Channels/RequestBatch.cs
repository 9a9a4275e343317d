using KafkaCompatBroker.Controller.Context;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// Gathers what one step of the controller has to tell the brokers, and makes at most one request of each kind per broker of it; Kafka's
/// ControllerBrokerRequestBatch. The requests are in the newest shape; the channel to a broker lays them out as its version wants them
/// (<see cref="ControllerRequestShapes"/>). Owned by the coordination loop; events run one after the other, so no other event's requests
/// get among those of the one that runs.
/// </summary>
/// <param name="leaderListener">The listener by whose endpoint LeaderAndIsr names leaders.</param>
internal sealed class RequestBatch(
    ControllerContext context, BrokerChannels channels, ControllerIdentity controller, string leaderListener)
{
    private readonly LeaderAndIsrBatch leaderAndIsr = new(context, controller, leaderListener);
    private readonly UpdateMetadataBatch updateMetadata = new(context, controller);
    private readonly StopReplicaBatch stopReplica = new(context, controller);

    /// <summary>
    /// Sends these brokers the leadership, as it is in the context, of a partition they have a replica of, and with it all live brokers its
    /// metadata. A partition without leadership is left out.
    /// </summary>
    public void AddLeaderAndIsr(IEnumerable<BrokerId> brokers, TopicPartition partition, bool isNew)
    {
        if (leaderAndIsr.Add(brokers, partition, isNew))
            updateMetadata.Add(context.Brokers.Ids, [partition]);
    }

    /// <summary>Sends these brokers who is live, and the leadership of these partitions; one that has none is left out.</summary>
    public void AddUpdateMetadata(IEnumerable<BrokerId> brokers, IEnumerable<TopicPartition> partitions)
        => updateMetadata.Add(brokers, partitions);

    /// <summary>Has the broker stop its replica, and delete it.</summary>
    public void AddStopReplica(Replica replica, bool delete) => stopReplica.Add(replica, delete);

    /// <summary>Sends each live broker, in the order of ids, what was gathered for it; the batch is empty then.</summary>
    public void Send()
    {
        foreach (var broker in context.Brokers.All)
        {
            var requests = new BrokerRequests(
                leaderAndIsr.RequestTo(broker), updateMetadata.RequestTo(broker), stopReplica.RequestTo(broker));
            if (!requests.IsEmpty)
                channels.Send(broker.Id, requests);
        }
        leaderAndIsr.Clear();
        updateMetadata.Clear();
        stopReplica.Clear();
    }
}
