namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>
/// What replicas ask their leader, and leaders the controller, where versions differ in more than the fields that they have.
/// </summary>
public static class ReplicaRequestShapes
{
    private const short ReplicaStates = 15, IsrWithEpochs = 3;

    /// <summary>
    /// Puts the follower's id where the version has it: in the request, or with the broker epoch in the replica's state. KIP-903.
    /// </summary>
    public static void PlaceReplicaFor(this FetchRequest request, short version)
    {
        var state = request.ReplicaState;
        var replica = request.ReplicaId >= 0 ? request.ReplicaId : state.ReplicaId;
        if (version >= ReplicaStates)
        {
            request.ReplicaId = -1;
            state.ReplicaId = replica;
        }
        else
        {
            request.ReplicaId = replica;
            request.ReplicaState = new FetchRequest.ReplicaStateData();
        }
    }

    /// <summary>
    /// Puts the proposed ISRs where the version has them: brokers alone, or each with the epoch in which the leader knows it, which a
    /// cluster on ZooKeeper does not say. KIP-903.
    /// </summary>
    public static void PlaceIsrFor(this AlterPartitionRequest request, short version)
    {
        if (version < IsrWithEpochs)
            return;
        foreach (var partition in request.Topics.SelectMany(topic => topic.Partitions))
        {
            partition.NewIsrWithEpochs = partition.NewIsr.ConvertAll(
                broker => new AlterPartitionRequest.BrokerState { BrokerId = broker, BrokerEpoch = BrokerEpoch.Unknown.Value });
            partition.NewIsr = [];
        }
    }

    /// <summary>The first version answers with the latest offset as the first of a list.</summary>
    public static void TakeOldStyleOffsets(this ListOffsetsResponse response)
    {
        foreach (var partition in response.Topics.SelectMany(topic => topic.Partitions))
        {
            if (partition.OldStyleOffsets is [var first, ..])
                partition.Offset = first;
        }
    }
}
