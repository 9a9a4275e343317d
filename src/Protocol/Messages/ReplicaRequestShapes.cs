namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>What a follower asks its leader and is answered, where versions differ in more than the fields that they have.</summary>
public static class ReplicaRequestShapes
{
    private const short ReplicaStates = 15;

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
