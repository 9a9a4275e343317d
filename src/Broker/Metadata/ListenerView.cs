namespace KafkaCompatBroker.Broker.Metadata;

/// <summary>The cluster as a client sees it that came in on one listener: brokers without that listener are not there for it.</summary>
public readonly record struct ListenerView(MetadataImage Image, string Listener)
{
    public IEnumerable<(MetadataBroker Broker, MetadataEndpoint Endpoint)> Brokers()
    {
        foreach (var broker in Image.Brokers)
        {
            if (broker.EndpointOn(Listener) is { } endpoint)
                yield return (broker, endpoint);
        }
    }

    public bool Reaches(BrokerId broker) => Image.TryGetBroker(broker, out var live) && live.EndpointOn(Listener) is not null;

    /// <summary>The controller's id, −1 when it is not among the live brokers.</summary>
    public int ControllerId => Image.IsLive(Image.Controller) ? Image.Controller.Value : BrokerId.None.Value;

    /// <summary>
    /// The partition's leader as the client may use it: none and LeaderNotAvailable when it is not live, ListenerNotFound when it lacks the
    /// listener.
    /// </summary>
    public (KafkaError Error, BrokerId Leader) LeaderOf(MetadataPartition partition)
    {
        if (Reaches(partition.Leader))
            return (KafkaError.None, partition.Leader);
        return (Image.IsLive(partition.Leader) ? KafkaError.ListenerNotFound : KafkaError.LeaderNotAvailable, BrokerId.None);
    }
}
